import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

/** Tries to take the lock at each `take`, says how it went, and lets go at each `drop`. */
const STARTER = `
  import { lockHome } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'lock-files.ts')).href)};
  let letGo = () => undefined;
  const commands = {
    take() {
      try { letGo = lockHome(process.argv[1]); return 'held'; } catch (error) { return error.code ?? error.stack; }
    },
    drop() { letGo(); letGo = () => undefined; return 'dropped'; },
    becomeNobody() { if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); } return 'done'; },
  };
  process.stdout.write('ready\\n');
  process.stdin.on('data', (data) => process.stdout.write(commands[String(data).trim()]() + '\\n'));
  process.stdin.on('end', () => process.exit());
`;

interface Starter {
  tell(command: 'take' | 'drop' | 'becomeNobody'): Promise<string>;
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
    tell(command) {
      child.stdin?.write(`${command}\n`);
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

describe('a lock (v1: no instance lock)', () => {
  test('is held until it is let go, and refused meanwhile', () => {
    const letGo = lockHome(file);
    expect(() => lockHome(file)).toThrow(`another NanoClaw (process ${process.pid}) runs on this home`);

    letGo();

    expect(readdirSync(directory)).toEqual([]);
    lockHome(file)();
  });

  test('of another live process is refused with its number, and free again when that process is dead', async () => {
    const holder = await aStarter();
    expect(await holder.tell('take')).toBe('held');
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

  test('of a reused number that belongs to another user is taken over', async () => {
    const starter = await aStarter();
    await starter.tell('becomeNobody');
    chmodSync(directory, 0o777);
    lock(1, '987654321987');
    chmodSync(file, 0o666);

    expect(await starter.tell('take')).toBe('held');
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

test('of many starters at the same time exactly one gets the lock, be it free or left by a dead process', async () => {
  const starters = await Promise.all(Array.from({ length: 20 }, aStarter));

  for (let round = 0; round < 40; round++) {
    if (round > 0) lock(4_194_304, '1');
    const results = await Promise.all(starters.map((starter) => starter.tell('take')));
    expect([round, results.filter((result) => result === 'held').length]).toEqual([round, 1]);
    expect(new Set(results)).toEqual(new Set(['held', 'home-locked']));
    expect(starters.map(({ child }) => child.pid)).toContain(lockHolder(file));
    await Promise.all(starters.map((starter) => starter.tell('drop')));
    expect(readdirSync(directory)).toEqual([]);
  }
}, 180_000);
