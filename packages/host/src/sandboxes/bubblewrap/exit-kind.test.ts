import { describe, expect, it } from 'vitest';
import { type EndFacts, exitKind } from './exit-kind.ts';

function end(facts: Partial<EndFacts>) {
  const outer = { code: facts.innerCode ?? null, signal: null };
  return exitKind({
    hasStarted: true,
    innerCode: undefined,
    outer,
    isStopRequested: false,
    memoryDeaths: 0,
    complaint: '',
    ...facts,
  });
}

describe('the end of a sandbox', () => {
  it('is the exit code of the runner, whatever it is', () => {
    for (const innerCode of [0, 1, 42, 125, 127, 128, 255])
      expect(end({ innerCode })).toEqual({ kind: 'exited', code: innerCode });
  });

  it('is a failed start when nothing ran inside, with the words of what failed', () => {
    const outer = { code: 1, signal: null };
    const hasStarted = false;

    expect(end({ hasStarted, outer, complaint: "bwrap: Can't find source path /x\n" })).toEqual({
      kind: 'never-started',
      detail: "bwrap: Can't find source path /x",
    });
    expect(end({ hasStarted, outer })).toEqual({ kind: 'never-started', detail: 'bubblewrap exited with code 1' });
  });

  it('is a failed start also when a step inside failed and bubblewrap passed its code on', () => {
    const failed = end({ hasStarted: false, innerCode: 1, complaint: 'setpriv: setresuid failed' });

    expect(failed).toEqual({ kind: 'never-started', detail: 'setpriv: setresuid failed' });
  });

  it('is a signal when bubblewrap was ended by somebody else, whatever the process around it makes of that', () => {
    expect(end({ outer: { code: 1, signal: null } })).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it('is a signal when a shell passed one on, or the outermost process got one', () => {
    expect(end({ innerCode: 139 })).toEqual({ kind: 'killed', signal: 'SIGSEGV' });
    expect(end({ innerCode: 137 })).toEqual({ kind: 'killed', signal: 'SIGKILL' });
    expect(end({ outer: { code: null, signal: 'SIGTERM' } })).toEqual({ kind: 'killed', signal: 'SIGTERM' });
  });

  it('is a stop only when the runner had not ended by itself before', () => {
    expect(end({ isStopRequested: true, innerCode: 0 })).toEqual({ kind: 'exited', code: 0 });
    expect(end({ isStopRequested: true, innerCode: 137 })).toEqual({ kind: 'killed', signal: 'SIGKILL' });
    expect(end({ isStopRequested: true, outer: { code: 1, signal: null } })).toEqual({
      kind: 'killed',
      signal: 'SIGKILL',
    });
  });

  it('is want of memory only when that ended the runner and not a program it ran', () => {
    expect(end({ memoryDeaths: 1, innerCode: 137 })).toEqual({ kind: 'out-of-memory' });
    expect(end({ memoryDeaths: 1, outer: { code: null, signal: 'SIGKILL' } })).toEqual({ kind: 'out-of-memory' });
    expect(end({ memoryDeaths: 1, innerCode: 0 })).toEqual({ kind: 'exited', code: 0 });
    expect(end({ memoryDeaths: 1, innerCode: 137, isStopRequested: true })).toEqual({
      kind: 'killed',
      signal: 'SIGKILL',
    });
  });
});
