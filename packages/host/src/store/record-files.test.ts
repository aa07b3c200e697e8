import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_ENTRY_CHARS, MAX_RECORD_BYTES, OLD_RECORDS_KEPT, openRecord, readRecord } from './record-files.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-record-'));
  file = join(directory, 'record.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const add = (host: string, record = openRecord(file)): void =>
  record.add({ kind: 'egress', group: 'main', detail: { host }, now: 0 });
const hosts = (): unknown[] => readRecord(file).entries.map(({ detail }) => detail['host']);
const lines = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

describe('a record', () => {
  test('goes on where another process has left it, closed to other users', () => {
    for (const host of ['a', 'b', 'c']) add(host);
    expect(readRecord(file)).toMatchObject({
      entries: [
        { seq: 1, at: '1970-01-01T00:00:00.000Z', kind: 'egress', group: 'main', detail: { host: 'a' } },
        { seq: 2 },
        { seq: 3 },
      ],
      problems: [],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('of nothing is empty, and in order', () => {
    expect(readRecord(file)).toEqual({ entries: [], problems: [] });
  });

  test.each<[string, (all: string[]) => string[], RegExp]>([
    ['changed', ([a = '', b = '', ...rest]) => [a, b.replace('"b"', '"x"'), ...rest], /line 2: it was changed/],
    [
      'changed with a new hash',
      ([a = '', b = '', ...rest]) => [a, b.replace(/"hash":".*"/, `"hash":"${'0'.repeat(64)}"`), ...rest],
      /line 2: it was changed/,
    ],
    ['left out', ([a = '', , ...rest]) => [a, ...rest], /line 2: what stood before it is missing/],
    ['put in twice', ([a = '', b = '', ...rest]) => [a, b, b, ...rest], /line 3: what stood before it is missing/],
    ['exchanged', ([a = '', b = '', ...rest]) => [b, a, ...rest], /line 2: what stood before it is missing/],
    ['made rubbish', ([a = '', , ...rest]) => [a, '{"seq":', ...rest], /line 2: it is no entry/],
  ])('in which a line was %s says where', (_, change, problem) => {
    for (const host of ['a', 'b', 'c', 'd']) add(host);
    writeFileSync(file, `${change(lines()).join('\n')}\n`);
    expect(readRecord(file).problems[0]).toMatch(problem);
  });

  test('whose last line was cut off goes on behind it', () => {
    add('a');
    appendFileSync(file, '{"seq":2,"at":"19');
    add('b');
    expect(hosts()).toEqual(['a', 'b']);
    expect(readRecord(file).problems).toEqual([expect.stringMatching(/line 2: it is no entry/)]);
  });

  test('keeps an entry that is too long without its details', () => {
    add('x'.repeat(MAX_ENTRY_CHARS));
    add('after');
    expect(readRecord(file)).toMatchObject({
      entries: [{ detail: { leftOut: expect.any(String) } }, {}],
      problems: [],
    });
  });

  test('that cannot be written ends nothing, counts it, and goes on in one chain', () => {
    const record = openRecord(join(directory, 'logs', 'record.jsonl'));
    add('lost', record);
    expect(record.failures()).toBe(1);
    mkdirSync(join(directory, 'logs'));
    add('kept', record);
    expect(readRecord(join(directory, 'logs', 'record.jsonl'))).toMatchObject({ entries: [{ seq: 1 }], problems: [] });
  });

  test('that is full goes on in a new file, in one chain, and the oldest file goes', () => {
    const record = openRecord(file);
    const host = 'x'.repeat(MAX_ENTRY_CHARS - 100);
    const perFile = Math.ceil(MAX_RECORD_BYTES / (host.length + 200));
    for (let count = 0; count < perFile * (OLD_RECORDS_KEPT + 2); count++) add(host, record);
    add('last');
    const { entries, problems } = readRecord(file);
    expect(problems).toEqual([]);
    expect(entries.at(-1)?.detail).toEqual({ host: 'last' });
    expect(entries[0]!.seq).toBeGreaterThan(1);
    expect(existsSync(`${file}.${OLD_RECORDS_KEPT}`)).toBe(true);
    expect(existsSync(`${file}.${OLD_RECORDS_KEPT + 1}`)).toBe(false);
  });
});
