import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SandboxSpec } from '@nanoclaw/host/sandboxes/spec.js';
import { expect } from 'vitest';
import type { CheckContext } from '../sandbox-conformance.ts';
import { until } from '../until.ts';
import { hostProcesses, markedDuration } from './bench.ts';

/** What happens around a host process of its own: it is killed, or was started with an open descriptor. */
export function hostDeathChecks({ check, options }: CheckContext): void {
  if (options.endsWithHost) endsWithHostCheck({ check, options });
  leftOverChecks({ check, options });
}

function endsWithHostCheck({ check, options }: CheckContext): void {
  check('a sandbox ends together with the host process that started it', async (bench, context) => {
    if (options.driverModule === undefined) return context.skip('no driverModule given');
    const spec = bench.spec();
    const seconds = markedDuration();
    const host = startDoomedHost(options.driverModule, { spec, seconds });
    const ended = once(host, 'exit');
    try {
      await until('the lingering processes run', () => hostProcesses(seconds).length === 2);
      host.kill('SIGKILL');
      await ended;

      await until('every process is gone', () => hostProcesses(seconds).length === 0);
    } finally {
      host.kill('SIGKILL');
      await bench.driver.stop(spec.name);
    }
  });
}

function leftOverChecks({ check, options }: CheckContext): void {
  check('nothing runs on after its host process was killed and the left-overs were stopped', async (bench, context) => {
    if (options.driverModule === undefined) return context.skip('no driverModule given');
    const seconds = markedDuration();
    const spec = bench.spec();
    const host = startDoomedHost(options.driverModule, { spec, seconds });
    const ended = once(host, 'exit');
    try {
      await until('the lingering processes run', () => hostProcesses(seconds).length === 2);
    } finally {
      host.kill('SIGKILL');
      await ended;
    }
    for (const { name } of await bench.driver.list()) await bench.driver.stop(name);
    await bench.driver.stop(spec.name);

    await until('every process of the orphan is gone', () => hostProcesses(seconds).length === 0);
    expect(await bench.driver.list()).toEqual([]);
  });
  check('a descriptor that the host inherited does not reach the sandbox', async (bench, context) => {
    if (options.driverModule === undefined) return context.skip('no driverModule given');
    const seconds = markedDuration();
    const open = openSync(bench.folder, 'r');
    const spec = bench.spec();
    const host = startDoomedHost(options.driverModule, { spec, seconds }, open);
    const ended = once(host, 'exit');
    try {
      await until('the lingering processes run', () => hostProcesses(seconds).length === 2);
      expect(openFilesOf(host.pid)).toContain(bench.folder);

      const inside = hostProcesses(seconds).map(openFilesOf);

      if (inside.includes(undefined)) return context.skip('this user may not look into processes of the sandbox');
      expect(inside.flat()).not.toContain(bench.folder);
      expect(inside.flat()).toContain('/dev/null');
    } finally {
      host.kill('SIGKILL');
      await ended;
      closeSync(open);
      await bench.driver.stop(spec.name);
    }
  });
}

/** What the descriptors of a process stand for; undefined when it may not be looked at. */
function openFilesOf(pid: number | undefined): string[] | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return undefined;
  }
}

/** Another host process with one sandbox, in which something lingers. It is to be killed. */
function startDoomedHost(
  driverModule: string,
  task: { spec: SandboxSpec; seconds: string },
  inherited: number | 'ignore' = 'ignore',
): ChildProcess {
  const file = fileURLToPath(new URL('./doomed-host.ts', import.meta.url));
  const flags = ['--conditions=@nanoclaw/source', '--import', 'tsx'];
  return spawn(process.execPath, [...flags, file, driverModule, JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'inherit', ...Array(50).fill('ignore'), inherited],
  });
}
