import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../kernel/log.ts';
import { createTranscriber, MAX_TRANSCRIPT_BYTES } from './transcribe.ts';

let directory: string;
const warnings: unknown[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-voice-'));
  warnings.length = 0;
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A program of the owner's. */
function program(script: string): string {
  const file = join(directory, 'transcribe.sh');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const said = (command: string | undefined, content = 'bytes'): Promise<string | undefined> => {
  const log = { ...silentLog, warn: (...all: unknown[]) => void warnings.push(all) };
  return createTranscriber({ command, directory, log })(Buffer.from(content));
};

test('what the command prints is what was said, and its copy of the file is gone', async () => {
  const command = program('shift; printf "heard %s, in %s" "$(cat "$1")" "$#"');
  expect(await said(`${command} first`, 'hello')).toBe('heard hello, in 1');
  expect(readdirSync(directory)).toEqual(['transcribe.sh']);
});

test('nothing configured, nothing said, a failure and too much are no transcript, and no words reach the log', async () => {
  expect(await said(undefined)).toBeUndefined();
  expect(await said(program('echo'))).toBeUndefined();
  expect(await said(program('echo secret words >&2; exit 3'))).toBeUndefined();
  expect(await said('/nowhere/transcribe')).toBeUndefined();
  expect(await said(program(`head -c ${MAX_TRANSCRIPT_BYTES + 1} /dev/zero`))).toBeUndefined();
  expect(JSON.stringify(warnings)).not.toContain('secret words');
  expect(warnings).toHaveLength(3);
});

test('the command is no shell: what stands in it is arguments', async () => {
  expect(await said(`${program('echo "$#"')} ; rm $(pwd)`)).toBe('4');
});
