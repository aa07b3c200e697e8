import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../container/skills/obsidian/scripts/find.mjs');

test('notes are found by name before text, with tags and links, and hidden folders are left alone', () => {
  const vault = mkdtempSync(join(tmpdir(), 'vault-'));
  try {
    mkdirSync(join(vault, '.obsidian'));
    mkdirSync(join(vault, 'house'));
    writeFileSync(join(vault, '.obsidian', 'boiler.md'), 'boiler');
    writeFileSync(join(vault, 'house', 'Boiler.md'), '---\ntags: [heating, winter]\n---\nserviced in May #todo/call');
    writeFileSync(join(vault, 'Log.md'), 'the boiler was loud, see [[Boiler]] and [[Boiler#noise]]');
    writeFileSync(join(vault, 'Other.md'), 'nothing');
    const { stdout } = spawnSync(process.execPath, [SCRIPT, vault, 'BOILER'], { encoding: 'utf8' });
    const found = JSON.parse(stdout);
    assert.deepEqual(
      found.map(({ path }) => path.slice(vault.length + 1)),
      ['house/Boiler.md', 'Log.md'],
    );
    assert.deepEqual(found[0].tags, ['heating', 'winter', 'todo/call']);
    assert.equal(found[0].linkedFrom, 2);
    assert.match(found[1].line, /loud/);
    assert.equal(spawnSync(process.execPath, [SCRIPT]).status, 2);
  } finally {
    rmSync(vault, { recursive: true, force: true });
  }
});
