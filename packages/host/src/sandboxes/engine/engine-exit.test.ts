import { describe, expect, it } from 'vitest';
import { type ContainerState, type Ending, exitOf, mayBecomeOutOfMemory } from './engine-exit.ts';

describe('how a docker sandbox ended', () => {
  it('is killed when we stopped it, whatever else is known', () => {
    const exit = exitOf(anEnding({ isStopped: true, container: aState({ ExitCode: 0 }) }));

    expect(exit).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it.each([0, 1, 42, 125, 126, 127, 255])('is the code of the runner when it ended by itself: %i', (code) => {
    const exit = exitOf(anEnding({ client: { code, signal: null }, container: aState({ ExitCode: code }) }));

    expect(exit).toEqual({ kind: 'exited', code });
  });

  it('is out-of-memory only when the engine noted it and SIGKILL ended the whole', () => {
    expect(exitOf(anEnding({ container: aState({ ExitCode: 137, OOMKilled: true }) }))).toEqual({
      kind: 'out-of-memory',
    });
    expect(exitOf(anEnding({ container: aState({ ExitCode: 3, OOMKilled: true }) }))).toEqual({
      kind: 'exited',
      code: 3,
    });
    expect(exitOf(anEnding({ container: aState({ ExitCode: 137 }) }))).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it.each([
    [143, 'SIGTERM'],
    [139, 'SIGSEGV'],
    [134, 'SIGABRT'],
  ])('is killed by the signal behind code %i', (code, signal) => {
    expect(exitOf(anEnding({ container: aState({ ExitCode: code }) }))).toEqual({ kind: 'killed', signal });
  });

  it('is never-started with the words of the engine when the container was made but did not run', () => {
    const container = aState({ StartedAt: '0001-01-01T00:00:00Z', ExitCode: 127, Error: 'exec: no such file' });

    expect(exitOf(anEnding({ client: { code: 127, signal: null }, container }))).toEqual({
      kind: 'never-started',
      detail: 'exec: no such file',
    });
  });

  it('is never-started with the words of the client when there is no container', () => {
    const ending = anEnding({
      client: { code: 125, signal: null },
      container: undefined,
      errorReason: 'No such image',
    });

    expect(exitOf(ending)).toEqual({ kind: 'never-started', detail: 'No such image' });
  });

  it('is killed, not never-started, when the engine went away after there was output', () => {
    const ending = anEnding({ client: { code: 125, signal: null }, container: undefined, hasOutput: true });

    expect(exitOf(ending).kind).toBe('killed');
  });

  it.each([true, false])('is killed when the client was, with the container running: %s', (Running) => {
    const ending = anEnding({ client: { code: null, signal: 'SIGTERM' }, container: aState({ Running, ExitCode: 1 }) });

    expect(exitOf(ending)).toEqual({ kind: 'killed', signal: 'SIGTERM' });
  });

  it('is the code of the client when somebody else has removed the container already', () => {
    const ended = (code: number) => exitOf(anEnding({ client: { code, signal: null }, container: undefined }));

    expect(ended(0)).toEqual({ kind: 'exited', code: 0 });
    expect(ended(137)).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it('may still turn out to be memory only after SIGKILL without a note', () => {
    expect(mayBecomeOutOfMemory(aState({ ExitCode: 137 }))).toBe(true);
    expect(mayBecomeOutOfMemory(aState({ ExitCode: 137, OOMKilled: true }))).toBe(false);
    expect(mayBecomeOutOfMemory(aState({ ExitCode: 1 }))).toBe(false);
    expect(mayBecomeOutOfMemory(undefined)).toBe(false);
  });
});

function aState(changes: Partial<ContainerState>): ContainerState {
  const StartedAt = '2026-03-05T09:30:00.1Z';
  return { Running: false, OOMKilled: false, ExitCode: 0, Error: '', StartedAt, ...changes };
}

function anEnding(changes: Partial<Ending>): Ending {
  const client = { code: 137, signal: null };
  return { isStopped: false, client, container: aState({}), hasOutput: false, errorReason: '', ...changes };
}
