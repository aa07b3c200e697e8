import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CheckContext } from '../sandbox-conformance.ts';
import { until } from '../until.ts';

/** Streams, exit codes and the environment: what the host exchanges with a runner. */
export function streamChecks({ check }: CheckContext): void {
  check('five megabytes of multi-byte text pass through stdin and stdout unchanged', async (bench) => {
    const { probe } = bench.start();
    const text = 'naïve ✓ 🦀 line. '.repeat(250_000);

    const answer = await probe.value<string>('echo', { text });

    expect(text.length).toBeGreaterThan(4_000_000);
    expect(digest(answer)).toBe(digest(text));
  });

  check('stderr is a stream of its own', async (bench) => {
    const { probe, errors } = bench.start();

    await probe.value('stderr', { text: 'only for the log\n' });

    await until('the line on stderr', () => errors().includes('only for the log\n'));
  });

  check('the end of stdin reaches the runner', async (bench) => {
    const { running } = bench.start();

    running.stdin.end();

    expect(await running.exited).toEqual({ kind: 'exited', code: 0 });
  });

  for (const code of [0, 1, 42, 125]) {
    check(`exit code ${code} of the runner is reported as it is`, async (bench) => {
      const { running, probe } = bench.start();

      probe.tell('exit', { code });

      expect(await running.exited).toEqual({ kind: 'exited', code });
    });
  }

  check('a sandbox that cannot be made ends as never-started, with a reason', async (bench) => {
    const spec = bench.spec();
    const missing = {
      source: join(bench.folder, 'is-not-there'),
      target: '/workspace/extra/x',
      mode: 'read-only' as const,
    };

    const { running } = bench.start({ mounts: [...spec.mounts, missing] });

    const exit = await running.exited;
    expect(exit.kind).toBe('never-started');
    expect(exit.kind === 'never-started' && exit.detail.length).toBeGreaterThan(10);
  });

  check('the environment is the one of the spec and nothing of the host', async (bench) => {
    process.env['NANOCLAW_PLANTED_SECRET'] = 'planted-in-the-host';
    const { probe } = bench.start();

    const environment = await probe.value<Record<string, string>>('environment');

    delete process.env['NANOCLAW_PLANTED_SECRET'];
    expect(environment).toMatchObject(bench.spec().environment);
    expect(environment['PATH']).toContain('/usr/bin');
    expect(Object.keys(environment)).not.toContain('NANOCLAW_PLANTED_SECRET');
    expect(Object.values(environment).join('\n')).not.toContain('planted-in-the-host');
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
