import { chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { groupDirectories, prepareGroupDirectories } from './group-files.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-group-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const V1_USER = 1_000;
const OWNER = { uid: 60_600, gid: 60_600 };

// Only root gives files away.
describe.skipIf(process.getuid?.() !== 0)('what the sandbox user of v1 owned under a root host', () => {
  test('becomes the sandbox user’s once, without following links', () => {
    const places = {
      groups: join(home, 'groups'),
      sessions: join(home, 'data/sessions'),
      mailboxes: join(home, 'data/ipc'),
    };
    const directories = groupDirectories(places, 'family');
    const transcript = join(directories.claude, 'projects', 'session-1.jsonl');
    mkdirSync(join(directories.claude, 'projects'), { recursive: true });
    mkdirSync(directories.group, { recursive: true });
    writeFileSync(transcript, '{}', { mode: 0o600 });
    const outside = join(home, 'outside');
    writeFileSync(outside, '');
    symlinkSync(outside, join(directories.group, 'link'));
    for (const path of [transcript, join(directories.claude, 'projects')]) chownSync(path, V1_USER, V1_USER);

    prepareGroupDirectories(directories, OWNER);

    expect([transcript, directories.claude, directories.group].map((path) => statSync(path).uid)).toEqual(
      Array(3).fill(OWNER.uid),
    );
    expect(lstatSync(join(directories.group, 'link')).uid).toBe(OWNER.uid);
    expect(statSync(outside).uid).toBe(0);
    // Afterwards the directory is the sandbox's, and what another user has in it is that user's affair.
    writeFileSync(join(directories.group, 'later'), '');
    prepareGroupDirectories(directories, OWNER);
    expect(statSync(join(directories.group, 'later')).uid).toBe(0);
  });
});
