import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DENIED_CALLS } from '../bubblewrap/system-calls.ts';

interface Rule {
  names: string[];
  action: string;
  args?: { index: number; value: number }[];
}

const file = new URL('../../../../../container/seccomp.json', import.meta.url);
const filter = JSON.parse(readFileSync(file, 'utf8')) as { defaultAction: string; syscalls: Rule[] };
const allowed = filter.syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');
const always = allowed.filter(({ args }) => args === undefined).flatMap(({ names }) => names);

describe('the system call filter of the docker driver', () => {
  it('allows by name only, and nothing that the filter of bubblewrap denies', () => {
    expect(filter.defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(always.length).toBeGreaterThan(250);
    expect(new Set(always).size).toBe(always.length);
    expect(DENIED_CALLS.length).toBeGreaterThan(50);
    expect(always.filter((name) => DENIED_CALLS.includes(name))).toEqual([]);
  });

  it('lets through only some uses of calls that can make namespaces or reach other address families', () => {
    for (const name of ['clone', 'clone3', 'socket', 'personality']) expect(always).not.toContain(name);
    const families = allowed.filter(({ names }) => names.includes('socket')).map(({ args }) => args?.[0]?.value);

    expect(families).toEqual([1, 2, 10, 16]);
  });
});
