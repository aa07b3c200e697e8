import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRecord } from './record-files.ts';
import { recordPage, verifyRecord } from './record-pages-files.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-record-'));
  file = join(directory, 'record.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(count: number): void {
  const record = openRecord(file);
  for (let index = 0; index < count; index++) {
    const kind = index % 2 === 0 ? 'send' : 'task';
    record.add({ kind, group: index % 3 === 0 ? 'main' : 'family', detail: { index }, now: index });
  }
}

const seqs = async (wish: Parameters<typeof recordPage>[1]) => (await recordPage(file, wish)).map(({ seq }) => seq);

test('a page holds the newest entries first, goes on before an entry, and keeps to what is wished', async () => {
  write(12);
  expect(await seqs({ limit: 3 })).toEqual([12, 11, 10]);
  expect(await seqs({ limit: 3, before: 10 })).toEqual([9, 8, 7]);
  expect(await seqs({ limit: 3, kind: 'send' })).toEqual([11, 9, 7]);
  expect(await seqs({ limit: 9, group: 'main' })).toEqual([10, 7, 4, 1]);
  expect(await seqs({ limit: 9, group: 'nobody' })).toEqual([]);
});

test('older files go on where the newest one ends, and lines that are no entries are passed over', async () => {
  write(4);
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, 4);
  writeFileSync(`${file}.1`, `${lines.slice(0, 2).join('\n')}\n`);
  writeFileSync(file, `${lines.slice(2).join('\n')}\nnot an entry\n`);
  expect(await seqs({ limit: 9 })).toEqual([4, 3, 2, 1]);
  expect((await verifyRecord(file)).problems).toEqual(['record.jsonl line 3: it is no entry']);
});

test('a whole chain is whole, a changed entry and a missing one are named', async () => {
  expect(await verifyRecord(file)).toEqual({ entries: 0, problems: [] });
  write(5);
  expect(await verifyRecord(file)).toEqual({ entries: 5, problems: [] });
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [lines[0], lines[1]!.replace('family', 'nobody'), lines[3], lines[4], ''].join('\n'));
  expect((await verifyRecord(file)).problems).toEqual([
    'record.jsonl line 2: it was changed',
    'record.jsonl line 3: what stood before it is missing',
  ]);
});
