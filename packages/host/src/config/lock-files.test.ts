import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockHolder, lockHome } from './lock-files.ts';

let directory: string;
let file: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-lock-'));
  file = join(directory, 'nanoclaw.lock');
  children = [];
});
afterEach(async () => {
  for (const child of children) await end(child);
  rmSync(directory, { recursive: true, force: true });
});

/** Starts when told, tries to take the lock, says how it went, and holds it until its input ends. */
const STARTER = `
  import { lockHome } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'lock-files.ts')).href)};
  process.stdout.write('ready\\n');
  process.stdin.once('data', () => {
    try { lockHome(process.argv[1]); process.stdout.write('held\\n'); }
    catch (error) { process.stdout.write((error.code ?? error.stack) + '\\n'); }
  });
  process.stdin.on('end', () => process.exit());
`;

interface Starter {
  go(): Promise<string>;
  readonly child: ChildProcess;
}

async function aStarter(): Promise<Starter> {
  const flags = ['--import', 'tsx', '--conditions=@nanoclaw/source', '--input-type=module', '-e', STARTER, file];
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = readLines(child);
  expect(await lines()).toBe('ready');
  return {
    child,
    go() {
      child.stdin?.write('go\n');
      return lines();
    },
  };
}

function readLines(child: ChildProcess): () => Promise<string> {
  let text = '';
  const waiting: (() => void)[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    for (const wake of waiting.splice(0)) wake();
  });
  return async () => {
    while (!text.includes('\n')) await new Promise<void>((resolve) => waiting.push(resolve));
    const end = text.indexOf('\n');
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return line;
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

const lock = (pid: number, began: string): void => writeFileSync(file, JSON.stringify({ pid, began }));
const isMine = (): boolean => lockHolder(file) === process.pid;

describe('a lock', () => {
  test('is held until it is let go, and refused meanwhile', () => {
    const letGo = lockHome(file);
    expect(() => lockHome(file)).toThrow(`another NanoClaw (process ${process.pid}) runs on this home`);

    letGo();

    expect(readdirSync(directory)).toEqual([]);
    lockHome(file)();
  });

  test('of another live process is refused with its number, and free again when that process is dead', async () => {
    const holder = await aStarter();
    expect(await holder.go()).toBe('held');
    expect(() => lockHome(file)).toThrow(`process ${holder.child.pid}`);
    expect(lockHolder(file)).toBe(holder.child.pid);

    await end(holder.child);

    expect(lockHolder(file)).toBeUndefined();
    const letGo = lockHome(file);
    expect(isMine()).toBe(true);
    letGo();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('of a process whose number is used by another process now is taken over', () => {
    lock(process.ppid, '1');

    lockHome(file);

    expect(isMine()).toBe(true);
  });

  test('of a reused number that belongs to the first process of the machine is taken over', () => {
    lock(1, '987654321987');

    lockHome(file);

    expect(isMine()).toBe(true);
  });

  test.each(['', 'rubbish', '{}', '{"pid":"1","began":""}', '{"pid":0,"began":""}', '{"pid":-1,"began":""}', 'null'])(
    'that says %j is taken over',
    (text) => {
      writeFileSync(file, text);

      lockHome(file);

      expect(isMine()).toBe(true);
      expect(readdirSync(directory)).toEqual(['nanoclaw.lock']);
    },
  );

  test('is not removed by a host that has lost it', () => {
    const letGo = lockHome(file);
    lock(process.ppid, '1');

    letGo();

    expect(existsSync(file)).toBe(true);
  });

  test('whose taking over was cut off by a crash can still be taken over', () => {
    lock(4_194_304, '1');
    writeFileSync(`${file}.takeover`, JSON.stringify({ pid: 4_194_304, began: '1' }));

    lockHome(file);

    expect(isMine()).toBe(true);
    expect(readdirSync(directory)).toEqual(['nanoclaw.lock']);
  });
});

describe('of many starters at the same time exactly one gets the lock', () => {
  test.each([
    ['when it is free', () => undefined],
    ['when a dead process has left it', () => lock(4_194_304, '1')],
  ])(
    '%s',
    async (_, prepare) => {
      const starters = await Promise.all(Array.from({ length: 20 }, aStarter));

      for (let round = 0; round < 1; round++) {
        prepare();
        const results = await Promise.all(starters.map((starter) => starter.go()));
        expect(results.filter((result) => result === 'held')).toHaveLength(1);
        expect(new Set(results)).toEqual(new Set(['held', 'home-locked']));
      }

      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: lockHolder(file) });
    },
    60_000,
  );
});
