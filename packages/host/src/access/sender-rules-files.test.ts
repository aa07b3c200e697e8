import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { MAX_RULES_BYTES } from './rules-files.ts';
import { OPEN_ACCESS } from './sender-rules.ts';
import { openSenderAllowlist, type SenderAllowlist } from './sender-rules-files.ts';

const CLOSED = JSON.stringify({ default: { allow: [], mode: 'trigger' } });

let file: string;
let allowlist: SenderAllowlist;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'nanoclaw-allowlist-')), 'sender-allowlist.json');
  allowlist = openSenderAllowlist(file);
});

test('without a file everybody may write, as in v1', () => {
  expect(allowlist.current()).toEqual(OPEN_ACCESS);
});

test('a file that appears, changes or goes is read anew, and only then', () => {
  const versions = [allowlist.version(), allowlist.version()];
  writeFileSync(file, CLOSED);
  versions.push(allowlist.version(), allowlist.version());
  expect(allowlist.current()).toMatchObject({ rules: { default: { allow: [] } } });
  // Editors write a new file and rename it: same size, another inode.
  writeFileSync(`${file}.new`, CLOSED.replace('trigger', 'dropped'));
  renameSync(`${file}.new`, file);
  versions.push(allowlist.version());
  expect(allowlist.current()).toMatchObject({ problem: expect.stringContaining('mode') });
  rmSync(file);
  expect(allowlist.current()).toEqual(OPEN_ACCESS);
  versions.push(allowlist.version());

  expect(versions.map((version) => version - versions[0]!)).toEqual([0, 0, 1, 1, 2, 3]);
});

test('what is no file, too large, or open to everybody is a problem and no open door', () => {
  mkdirSync(file);
  expect(allowlist.current()).toMatchObject({ problem: expect.any(String) });
  rmSync(file, { recursive: true });
  writeFileSync(file, Buffer.alloc(MAX_RULES_BYTES + 1, ' '));
  expect(allowlist.current()).toMatchObject({ problem: expect.stringContaining('larger than') });
  writeFileSync(file, CLOSED);
  chmodSync(file, 0o666);
  expect(allowlist.current()).toMatchObject({ problem: expect.stringContaining('chmod o-w') });
  chmodSync(file, 0o600);
  chmodSync(dirname(file), 0o777);
  expect(openSenderAllowlist(file).current()).toMatchObject({ problem: expect.stringContaining('folder') });
});
