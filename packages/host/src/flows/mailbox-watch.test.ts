import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { watchFolders } from './mailbox-watch.ts';

let folder: string;
let children: ChildProcess[];
let looks: number;
let watching: { close(): void };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nanoclaw-watch-'));
  children = [];
  looks = 0;
});
afterEach(() => {
  watching.close();
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Causes events in the folder as fast as it can, for five seconds. */
const FLOOD = `
const fs = require('node:fs');
const [folder] = process.argv.slice(1);
const names = Array.from({ length: 50 }, (_, index) => folder + '/' + index);
for (const name of names) fs.writeFileSync(name, '');
const end = Date.now() + 30000;
while (Date.now() < end) for (const name of names) fs.utimesSync(name, 1, 1);
fs.writeFileSync(folder + '/over', '');
`;

function watchWith(look: () => void): void {
  const count = (): void => {
    looks += 1;
    look();
  };
  watching = watchFolders({ folders: [folder, join(folder, 'missing')], clock: systemClock, look: count });
}

test('every change is looked at, also after the first', async () => {
  watchWith(() => undefined);

  for (const name of ['a', 'b', 'c']) {
    const before = looks;
    writeFileSync(join(folder, name), '');
    await until('it is looked at', () => looks > before);
  }
});

test('a flood of events does not keep the host from other work', async () => {
  const spin = (): void => {
    const end = performance.now() + 5;
    while (performance.now() < end);
  };
  watchWith(spin);
  children.push(spawn(process.execPath, ['-e', FLOOD, folder], { stdio: 'ignore' }));
  await until('the flood is there', () => existsSync(join(folder, '49')));

  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1));

  expect(existsSync(join(folder, 'over'))).toBe(false);
  await until('it is looked at', () => looks > 0);
});

test('nothing is looked at once it is closed, and a folder that became a link is no harm', async () => {
  watchWith(() => {
    rmSync(folder, { recursive: true, force: true });
    symlinkSync(tmpdir(), folder);
  });
  writeFileSync(join(folder, 'a'), '');
  await until('it is looked at', () => looks > 0);

  watching.close();
  const before = looks;
  rmSync(folder);
  await new Promise((resolve) => setImmediate(resolve));

  expect(looks).toBe(before);
});
