import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identityOf, isAlive, parseIdentity } from './process-identity.ts';

test('a process is itself, and not one that began at another time', () => {
  const own = identityOf(process.pid);

  expect(isAlive(own)).toBe(true);
  expect(isAlive({ ...own, began: '1' })).toBe(false);
  expect(isAlive({ pid: own.pid, began: '' })).toBe(true);
});

test('a process that has ended is dead, and so is one that nobody has asked about', async () => {
  // The shell does not wait for its child, which stays as a zombie as long as what replaced the shell lives.
  const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(shell.stdout.setEncoding('utf8'), 'data')) as [string];
    const zombie = { pid: Number(line), began: '' };
    await expect.poll(() => isAlive(zombie), { timeout: 30_000 }).toBe(false);
    expect(isAlive(identityOf(shell.pid!))).toBe(true);
  } finally {
    shell.kill('SIGKILL');
    await once(shell, 'close');
  }
  expect(isAlive({ pid: shell.pid!, began: '' })).toBe(false);
});

test.each(['', 'x', '7', '{}', '{"pid":0,"began":""}', '{"pid":1.5,"began":""}', '{"pid":7,"began":7}'])(
  'the text %j says nothing of a process',
  (text) => {
    expect(parseIdentity(text)).toBeUndefined();
  },
);
