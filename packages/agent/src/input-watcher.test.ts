import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchInput } from './input-watcher.ts';

let root: string;
let directory: string;
let stop: AbortController;
let seen: string[];
let logged: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nanoclaw-input-'));
  directory = join(root, 'input');
  stop = new AbortController();
  seen = [];
  logged = [];
});

afterEach(() => {
  stop.abort();
  rmSync(root, { recursive: true });
});

function start(message: (text: string, number: number | undefined) => Promise<void> = async () => {}): void {
  const handlers = {
    async message(text: string, number: number | undefined) {
      seen.push(`${number}:${text}`);
      await message(text, number);
    },
    interrupt: () => void seen.push('interrupt'),
    close: () => void seen.push('close'),
  };
  watchInput(directory, handlers, (line) => logged.push(line), stop.signal);
}

function put(name: string, content: unknown): void {
  mkdirSync(directory, { recursive: true });
  const temporary = join(root, 'temporary');
  writeFileSync(temporary, typeof content === 'string' ? content : JSON.stringify(content));
  renameSync(temporary, join(directory, name));
}

const aMessage = (text: string) => ({ type: 'message', text });

test('what lies there already is taken in name order', async () => {
  put('000000010.json', aMessage('ten'));
  put('000000002.json', aMessage('two'));
  put('000000009.json', { type: 'interrupt' });

  start();

  await expect.poll(() => seen).toEqual(['2:two', 'interrupt', '10:ten']);
  await expect.poll(() => readdirSync(directory)).toEqual([]);
});

test('a new file is taken without waiting for the poll', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    start();
    put('000000001.json', aMessage('hello'));
    await vi.waitFor(() => expect(seen).toEqual(['1:hello']));
  } finally {
    vi.useRealTimers();
  }
});

test('a file is kept until the agent has its message', async () => {
  let handOver = () => {};
  start(() => new Promise((resolve) => (handOver = resolve)));

  put('000000001.json', aMessage('hello'));
  await expect.poll(() => seen).toEqual(['1:hello']);

  expect(existsSync(join(directory, '000000001.json'))).toBe(true);
  handOver();
  await expect.poll(() => existsSync(join(directory, '000000001.json'))).toBe(false);
});

test('files that make no sense are deleted with a line in the log, and the rest is read', async () => {
  put('000000001.json', '{oops');
  put('000000002.json', { type: 'reboot' });
  mkdirSync(join(directory, '000000003.json'));
  put('000000004.json', aMessage('fine'));

  start();

  await expect.poll(() => seen).toEqual(['4:fine']);
  await expect.poll(() => readdirSync(directory)).toEqual([]);
  expect(logged.map((line) => line.match(/\d{9}\.json/)?.[0])).toEqual([
    '000000001.json',
    '000000002.json',
    '000000003.json',
  ]);
});

test("v1's file names are taken and have no number; other files are left alone", async () => {
  put('1712345678901-ab12.json', aMessage('from v1'));
  put('.000000001.json.tmp', 'half a file');

  start();

  await expect.poll(() => seen).toEqual(['undefined:from v1']);
  await expect.poll(() => readdirSync(directory)).toEqual(['.000000001.json.tmp']);
});

test('a close from before the start is forgotten', async () => {
  put('_close', '');

  start();
  put('000000001.json', aMessage('still here'));

  await expect.poll(() => seen).toEqual(['1:still here']);
});

test('a close comes after the messages that lie there, and ends the reading', async () => {
  start();
  put('000000001.json', aMessage('last'));
  put('_close', '');
  await expect.poll(() => seen).toEqual(['1:last', 'close']);

  put('000000002.json', aMessage('too late'));
  await expect.poll(() => existsSync(join(directory, '_close'))).toBe(false);

  expect(existsSync(join(directory, '000000002.json'))).toBe(true);
  expect(seen).toHaveLength(2);
});
