import { expect } from 'vitest';
import { withFreeProbe } from '../probe-session.ts';
import type { CheckContext } from '../sandbox-conformance.ts';
import { TMP_BYTES } from './bench.ts';

const MEBIBYTE = 1024 * 1024;
/** Processes the fork bomb tries to start; the sandbox may have 64. */
const SWARM = 120;

/** How a sandbox ends that takes more than it may. */
const OUT_OF_MEMORY = {
  exact: { kind: 'out-of-memory' },
  unreported: { kind: 'killed', signal: 'SIGKILL' },
} as const;

/** A sandbox that takes all it can get stays within its limits and the host goes on. */
export function limitChecks({ check, options }: CheckContext): void {
  for (const path of ['/tmp', '/home/node', '/dev/shm']) {
    check(`${path} is bounded by the size of the spec`, async (bench) => {
      const { probe } = bench.start();

      const filled = await probe.value<{ written: number; code?: string }>('fill', {
        path: `${path}/big`,
        bytes: 4 * TMP_BYTES,
      });

      expect(filled.code).toBe('ENOSPC');
      expect(filled.written).toBeLessThanOrEqual(TMP_BYTES);
    });
  }

  check('a fork bomb is stopped by the limit on processes', async (bench) => {
    const limits = { ...bench.spec().limits, pids: 64 };
    const { probe } = bench.start({ limits });

    const inside = await probe.value<{ started: number; code?: string }>('swarm', { count: SWARM });
    const outside = await withFreeProbe((free) => free.value<{ started: number }>('swarm', { count: SWARM }));

    expect(inside.code).toBe('EAGAIN');
    expect(inside.started).toBeLessThan(64);
    expect(outside.started).toBe(SWARM);
  });

  check('a process that takes more memory than the limit ends, and the host lives', async (bench) => {
    const limits = { ...bench.spec().limits, memoryBytes: 256 * MEBIBYTE };
    const bytes = 640 * MEBIBYTE;
    const { running, probe } = bench.start({ limits });
    const outside = await withFreeProbe((free) => free.value<number>('hog', { bytes }));

    const inside = probe.ask('hog', { bytes }).catch(() => undefined);
    const exit = await Promise.race([running.exited, inside.then((answer) => (answer ? undefined : running.exited))]);

    expect(outside).toBe(40);
    if (options.memoryLimit === 'approximate') expect(exit === undefined || exit.kind !== 'never-started').toBe(true);
    else expect(exit).toEqual(OUT_OF_MEMORY[options.memoryLimit ?? 'exact']);
    expect(await inside).not.toMatchObject({ ok: true });
  });

  if (options.memoryLimit === 'approximate') {
    check(
      'the processor is left to others first, because without control groups it cannot be shared out',
      async (bench) => {
        const { probe } = bench.start();
        const niceness = { argv: ['sh', '-c', 'cut -d" " -f19 /proc/self/stat'] };

        const outside = await withFreeProbe((free) => free.value<{ stdout: string }>('run', niceness));
        const inside = await probe.value<{ stdout: string }>('run', niceness);

        expect(Number(inside.stdout)).toBeGreaterThan(Number(outside.stdout));
      },
    );
    return;
  }
  check('the processor is shared out as the spec says', async (bench) => {
    const limits = { ...bench.spec().limits, cpus: 0.25 };
    const { probe } = bench.start({ limits });
    const script =
      'const start = process.hrtime.bigint(); while (process.hrtime.bigint() - start < 2000000000n);' +
      'const { user, system } = process.cpuUsage(); console.log((user + system) / 2e6)';

    const busy = await probe.value<{ stdout: string }>('run', { argv: ['/app/node', '-e', script] });

    // A share of the processor can only be smaller on a loaded machine, so that this bound never depends on load.
    expect(Number(busy.stdout)).toBeGreaterThan(0);
    expect(Number(busy.stdout)).toBeLessThan(0.5);
  });
}
