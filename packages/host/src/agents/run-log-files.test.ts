import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRunLog } from './run-log-files.ts';

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
