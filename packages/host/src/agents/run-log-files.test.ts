import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRunLog, readRunLog } from './run-log-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-run-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a run without output leaves no file, and holds none open', async () => {
  const path = join(directory, 'work', 'quiet.log');
  openRunLog(path, 1_000).close();
  expect(existsSync(join(directory, 'work'))).toBe(false);

  const talkative = openRunLog(path, 1_000);
  talkative.line('stdout', 'something');
  talkative.close();
  await until('the file is there', () => existsSync(path));
});

test('where no log can be written, its lines are left out and nothing ends', async () => {
  writeFileSync(join(directory, 'work'), 'a file where the directory of the group belongs');
  const log = openRunLog(join(directory, 'work', 'run.log'), 1_000);
  log.line('stderr', 'lost');
  await new Promise((resolve) => setImmediate(resolve));
  log.line('stderr', 'lost as well');
  log.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(readdirSync(directory)).toEqual(['work']);
});

test('a log is read from its end in whole lines, and on from there', async () => {
  const path = join(directory, 'tail', 'run.log');
  expect(await readRunLog(path, undefined, 100)).toEqual({ text: '', to: 0 });
  mkdirSync(join(directory, 'tail'));
  writeFileSync(path, 'one\ntwo\nthree\nfou');

  const end = await readRunLog(path, undefined, 14);
  expect(end.text).toBe('two\nthree\n');
  expect((await readRunLog(path, end.to, 100)).text).toBe('');
  appendFileSync(path, 'r\nfive\n');
  expect((await readRunLog(path, end.to, 100)).text).toBe('four\nfive\n');
  expect(await readRunLog(path, 10_000, 100)).toEqual({ text: '', to: 24 });
});

test('a line longer than a piece comes in pieces', async () => {
  const path = join(directory, 'long.log');
  writeFileSync(path, `${'x'.repeat(25)}\n`);
  const first = await readRunLog(path, 0, 10);
  expect(first).toEqual({ text: 'x'.repeat(10), to: 10 });
  expect((await readRunLog(path, 20, 10)).text).toBe('xxxxx\n');
});
