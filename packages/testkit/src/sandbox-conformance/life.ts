import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { CheckContext } from '../sandbox-conformance.ts';
import { until } from '../until.ts';
import { hostProcesses, markedDuration, uniqueName } from './bench.ts';

/** Stopping, listing and finding again: nothing may be left behind. */
export function lifeChecks(context: CheckContext): void {
  endChecks(context);
  listChecks(context);
}

function endChecks({ check }: CheckContext): void {
  check('stop ends everything inside, also what has left the session', async (bench) => {
    const { running, probe } = bench.start();
    const seconds = markedDuration();
    await probe.value('linger', { seconds });
    await until('both lingering processes run', () => hostProcesses(seconds).length === 2);

    await running.stop();

    expect(hostProcesses(seconds)).toEqual([]);
    expect((await running.exited).kind).toBe('killed');
    await running.stop();
  });

  check('the end of the runner ends everything inside', async (bench) => {
    const { running, probe } = bench.start();
    const seconds = markedDuration();
    await probe.value('linger', { seconds });
    await until('both lingering processes run', () => hostProcesses(seconds).length === 2);

    probe.tell('exit', { code: 3 });

    expect(await running.exited).toEqual({ kind: 'exited', code: 3 });
    expect(hostProcesses(seconds)).toEqual([]);
  });

  for (const moment of [0, 1, 2, 3, 5, 8, 13, 21]) {
    check(`a sandbox may be stopped ${moment} ms after its start`, async (bench) => {
      const { running } = bench.start();

      // Not a wait for anything: whatever the start has come to by then is what the stop meets.
      await delay(moment);
      await running.stop();

      expect((await running.exited).kind).toBe('killed');
      expect((await bench.driver.list()).map(({ name }) => name)).not.toContain(running.name);
    });
  }

  check('processes whose parent is gone are reaped', async (bench) => {
    const { probe } = bench.start();
    // Each command leaves a child behind that ends later than itself.
    for (let round = 0; round < 5; round += 1) await probe.value('run', { argv: ['sh', '-c', 'sleep 0.05 & exit 0'] });

    await until('no dead process is left', async () => {
      const processes = await probe.value<{ name: string; state: string }[]>('processes');
      return processes.every(({ name, state }) => name !== 'sleep' && state !== 'Z');
    });
  });
}

function listChecks({ check, options }: CheckContext): void {
  check('list shows a live sandbox with its group and run, and only while it lives', async (bench) => {
    const spec = bench.spec({ groupFolder: 'Family_chat-2' });
    const { running, probe } = bench.start(spec);
    await probe.value('echo', { text: 'up' });

    const during = await bench.driver.list();
    await running.stop();
    const after = await bench.driver.list();

    const found = during.find(({ name }) => name === spec.name);
    expect(found).toMatchObject({ groupFolder: 'Family_chat-2', runId: spec.runId });
    if (found?.startedAtMs !== undefined) expect(Math.abs(found.startedAtMs - Date.now())).toBeLessThan(120_000);
    expect(after.map(({ name }) => name)).not.toContain(spec.name);
  });

  check(
    'another installation neither sees nor stops it (v1: orphan clean-up kills another installation’s containers)',
    async (bench) => {
      const spec = bench.spec();
      const { probe } = bench.start(spec);
      await probe.value('echo', { text: 'up' });
      const other = options.createDriver(uniqueName('other'));

      expect(await other.list()).toEqual([]);
      expect(await other.stop(spec.name)).toBe(false);

      expect(await probe.value('echo', { text: 'still up' })).toBe('still up');
    },
  );

  check('stop by name ends that sandbox and says false for a name there is not', async (bench) => {
    const spec = bench.spec();
    const { running, probe } = bench.start(spec);
    const seconds = markedDuration();
    await probe.value('linger', { seconds });

    expect(await bench.driver.stop('nanoclaw-nobody-1')).toBe(false);
    expect(await bench.driver.stop(spec.name)).toBe(true);

    expect((await running.exited).kind).toBe('killed');
    expect(hostProcesses(seconds)).toEqual([]);
  });

  check('another process of the same installation can stop it by name', async (bench) => {
    const spec = bench.spec();
    const { running, probe } = bench.start(spec);
    await probe.value('echo', { text: 'up' });
    const other = options.createDriver(bench.installation);

    expect(await other.stop(spec.name)).toBe(true);

    expect((await running.exited).kind).toBe('killed');
    expect(await other.list()).toEqual(await bench.driver.list());
  });
}
