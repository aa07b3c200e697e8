import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mustRun, runBuildCommand } from './build-command.ts';

const environment = { PATH: process.env['PATH'] };
const shell = (script: string) => ({ command: 'bash', args: ['-c', script], environment });
const never = new AbortController().signal;

describe('a command of a build', () => {
  it('hands over every line of both streams and ends with the code', async () => {
    const seen: string[] = [];

    const end = await runBuildCommand(shell('echo out; echo err >&2; exit 3'), (line) => seen.push(line), never);

    expect(seen.toSorted()).toEqual(['err', 'out']);
    expect(end).toMatchObject({ code: 3 });
    expect(end.lines).toHaveLength(2);
  });

  it('keeps only the last lines of a long output', async () => {
    const { lines } = await runBuildCommand(shell('seq 1000'), () => {}, never);

    expect(lines).toHaveLength(15);
    expect(lines.at(-1)).toBe('1000');
  });

  it('fails with what it was doing, the code and the last lines', async () => {
    const failing = mustRun('making the thing', shell('echo why; exit 4'), { signal: never });

    await expect(failing).rejects.toMatchObject({
      code: 'image-build-failed',
      message: 'making the thing failed (exit code 4):\nwhy',
    });
  });

  it('fails clearly when the program is not there', async () => {
    const failing = runBuildCommand({ command: 'no-such-program', args: [], environment }, () => {}, never);

    await expect(failing).rejects.toMatchObject({
      code: 'image-build-failed',
      message: expect.stringContaining('no-such-program'),
    });
  });

  it('ends with everything it started when it is aborted', async () => {
    const abort = new AbortController();
    const pids: number[] = [];
    const onLine = (line: string): void => {
      pids.push(Number(line));
      abort.abort(new Error('enough'));
    };

    // The shell waits for its child and would not hand a signal on.
    const running = runBuildCommand(shell('sleep 600 & echo $!; wait; true'), onLine, abort.signal);

    await expect(running).rejects.toThrow('enough');
    expect(pids).toHaveLength(1);
    await expect.poll(() => isRunning(pids[0]!)).toBe(false);
  });

  it('does not start when it is aborted before', async () => {
    const seen: string[] = [];

    const running = runBuildCommand(shell('echo started'), (line) => seen.push(line), AbortSignal.abort());

    await expect(running).rejects.toThrow();
    expect(seen).toEqual([]);
  });
});

/** A process that ended but that nobody has collected yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
