import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { MAX_SCRIPT_DATA_CHARS, MAX_SCRIPT_OUTPUT_BYTES, runTaskScript } from './task-script.ts';

const logged: string[] = [];

function run(script: string, limitMs = 20_000, signal = new AbortController().signal) {
  const env = { PATH: process.env['PATH'] ?? '' };
  return runTaskScript({ script, cwd: tmpdir(), env, log: (line) => logged.push(line), signal, limitMs });
}

/** What is dead and not yet reaped by whoever inherited it is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(sleep\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('the last line decides, whatever was printed before it', async () => {
  expect(await run('echo looking; echo \'{"wakeAgent": true, "data": {"new": ["a", 2]}}\'; echo')).toEqual({
    kind: 'wake',
    data: { new: ['a', 2] },
  });
  expect(await run('echo \'{"wakeAgent": true}\'; echo \'{"wakeAgent": false, "data": 1}\'')).toEqual({ kind: 'rest' });
});

test.each([
  ['exit 3', 'the script ended with code 3'],
  ['kill -9 $$', 'the script was ended by SIGKILL'],
  ['true', 'the last line that the script printed is not JSON'],
  ['echo nothing new', 'the last line that the script printed is not JSON'],
  ['echo \'{"wake": true}\'', 'the last line that the script printed has no wakeAgent'],
  ['echo \'{"wakeAgent": "yes"}\'', 'the last line that the script printed has no wakeAgent'],
  ['echo \'{"wakeAgent": true}\'; exit 1', 'the script ended with code 1'],
])('%s is a broken script, which is not one that finds nothing to do', async (script, reason) => {
  expect(await run(script)).toEqual({ kind: 'broken', reason });
});

test('a script that never ends is ended, with what it has started', async () => {
  const verdict = await run('sleep 1234.5 & echo $! >&2; while :; do :; done', 300);

  expect(verdict).toEqual({ kind: 'broken', reason: 'the script took longer than 0.3 seconds' });
  const pid = Number(/task script: (\d+)/.exec(logged.join('\n'))?.[1]);
  expect(pid).toBeGreaterThan(1);
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('a script that leaves something running behind has decided all the same', async () => {
  expect(await run('(sleep 30 >&1 &) ; echo \'{"wakeAgent": false}\'')).toEqual({ kind: 'rest' });
});

test('a script that prints a gigabyte is stopped at the limit, and memory stays bounded', async () => {
  const before = process.memoryUsage().rss;

  const verdict = await run('head -c 1000000000 /dev/zero');

  expect(verdict).toEqual({ kind: 'broken', reason: `the script printed more than ${MAX_SCRIPT_OUTPUT_BYTES} bytes` });
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MAX_SCRIPT_OUTPUT_BYTES);
});

test('data for the agent has a limit of its own, because it becomes part of a prompt', async () => {
  const data = (chars: number) =>
    `printf '{"wakeAgent": true, "data": "%s"}' "$(head -c ${chars} /dev/zero | tr '\\0' x)"`;

  expect(await run(data(MAX_SCRIPT_DATA_CHARS - 2))).toMatchObject({ kind: 'wake' });
  expect(await run(data(MAX_SCRIPT_DATA_CHARS - 1))).toMatchObject({ kind: 'broken' });
});

test('an end of the run ends the script', async () => {
  const stop = new AbortController();
  const verdict = run('sleep 60', 20_000, stop.signal);
  stop.abort();
  expect(await verdict).toEqual({ kind: 'broken', reason: 'the script was stopped' });
});
