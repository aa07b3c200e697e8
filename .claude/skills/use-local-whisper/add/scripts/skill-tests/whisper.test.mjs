import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../transcribe-whisper.mjs');
let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whisper-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Stands in for a program: notes what it is asked, makes the file named last when it converts, and answers. */
function stand(name, script) {
  writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/${name}.asked"\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}
const run = (...args) =>
  spawnSync(process.execPath, [SCRIPT, ...args], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin`, TMPDIR: folder },
  });

test('a voice note is converted, and what is said comes in one line', () => {
  stand('ffmpeg', 'for last; do :; done; : > "$last"');
  stand('whisper-cli', "printf ' hello\\n there \\n'");
  const { status, stdout } = run('model.bin', 'note.ogg');
  assert.equal(stdout, 'hello there\n');
  assert.equal(status, 0);
  const asked = readFileSync(join(folder, 'whisper-cli.asked'), 'utf8').split('\n');
  assert.deepEqual(asked.slice(0, 2), ['--model', 'model.bin']);
  assert.ok(!existsSync(dirname(asked[3])));
});

test('what goes wrong is said, and nothing is left behind', () => {
  stand('ffmpeg', 'echo "no such codec" >&2; exit 1');
  const { status, stderr } = run('model.bin', 'note.ogg');
  assert.deepEqual([status, stderr], [1, 'ffmpeg: no such codec\n']);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('whisper-') && !name.includes('.')),
    [],
  );
  assert.equal(run('model.bin').status, 2);
});
