import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../container/skills/wiki/scripts/check.mjs');
let wiki;
beforeEach(() => {
  wiki = mkdtempSync(join(tmpdir(), 'wiki-'));
});
afterEach(() => rmSync(wiki, { recursive: true, force: true }));

function write(name, text) {
  mkdirSync(dirname(join(wiki, name)), { recursive: true });
  writeFileSync(join(wiki, name), text);
}
const check = () => spawnSync(process.execPath, [SCRIPT, wiki], { encoding: 'utf8' });

test('a wiki in order is told so', () => {
  write('index.md', '- [soil](pages/soil.md)\n- [worms](pages/worms.md)');
  write('pages/soil.md', 'Loose ([source](../sources/a.md)), see [worms](worms.md#food), [web](https://example.com)');
  write('pages/worms.md', 'Busy ([source](../sources/a.md)), see [soil](soil.md)');
  write('sources/a.md', 'text');
  const { status, stdout } = check();
  assert.equal(stdout, '2 pages, nothing to mend\n');
  assert.equal(status, 0);
});

test('what is broken, orphaned, unfounded or not listed is named', () => {
  write('index.md', '- [soil](pages/soil.md)');
  write('pages/soil.md', 'see [gone](gone.md)');
  write('pages/lost.md', 'alone ([source](../sources/a.md))');
  write('sources/a.md', 'text');
  const { status, stdout } = check();
  assert.equal(status, 1);
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    'pages/lost.md: not in index.md',
    'pages/lost.md: nothing links to it',
    'pages/soil.md: link to pages/gone.md, which is not there',
    'pages/soil.md: no source',
  ]);
});
