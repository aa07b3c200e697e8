import { fileURLToPath } from 'node:url';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { createBubblewrapDriver } from '@nanoclaw/host/sandboxes/bubblewrap/bubblewrap-driver.js';
import type { SandboxSpec } from '@nanoclaw/host/sandboxes/spec.js';
import { sandboxConformance } from '@nanoclaw/testkit';
import { describe, expect, it } from 'vitest';
import { app, createDriver } from './bubblewrap-driver.ts';
import { createDriver as createUnprivilegedDriver, nobody } from './bubblewrap-unprivileged-driver.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const isRoot = process.getuid?.() === 0;

sandboxConformance({
  name: `bubblewrap, host is ${isRoot ? 'root' : 'unprivileged'}`,
  createDriver,
  driverModule: `${here}bubblewrap-driver.ts`,
  unavailable: await reasonAgainst(createDriver),
  endsWithHost: true,
  nodeMajor: 20,
});

sandboxConformance({
  name: 'bubblewrap, host is unprivileged, without control groups',
  createDriver: createUnprivilegedDriver,
  driverModule: `${here}bubblewrap-unprivileged-driver.ts`,
  unavailable: isRoot ? await reasonAgainst(createUnprivilegedDriver) : 'only root can act as somebody else',
  host: nobody,
  memoryLimit: 'approximate',
  endsWithHost: true,
  nodeMajor: 20,
});

describe('the bubblewrap driver', () => {
  const deps = { app, installation: 'unavailable', clock: systemClock };
  const asRoot = { ...deps, host: { uid: 0, gid: 0 } };

  it('names the command that installs bubblewrap where there is none', async () => {
    const bwrapPath = '/nonexistent/bwrap';
    const root = createBubblewrapDriver({ ...asRoot, bwrapPath });
    const other = createBubblewrapDriver({ ...deps, host: nobody, bwrapPath });

    expect(await root.available()).toMatchObject({ ok: false, remedy: 'apt-get install -y bubblewrap' });
    expect(await other.available()).toMatchObject({ ok: false, remedy: 'sudo apt-get install -y bubblewrap' });
  });

  it('passes on why the kernel refuses', async () => {
    const driver = createBubblewrapDriver({ ...asRoot, launchPrefix: ['sh', '-c', 'echo not allowed >&2; exit 1'] });

    const availability = await driver.available();

    expect(availability).toMatchObject({ ok: false, reason: expect.stringContaining('not allowed') });
  });

  it('has no sandboxes for a machine whose system calls it does not know', async () => {
    const driver = createBubblewrapDriver({ ...asRoot, architecture: 'riscv64' });

    expect((await driver.available()).ok).toBe(false);
    expect(await driver.start(aSpec()).exited).toMatchObject({ kind: 'never-started' });
  });

  it('says what is to be built when a file of the app is missing', async () => {
    const runnerFile = '/nonexistent/runner.mjs';
    const driver = createBubblewrapDriver({ ...asRoot, app: { ...app, runnerFile } });

    expect(await driver.image()).toEqual({
      phase: 'missing',
      reason: `${runnerFile} does not exist`,
      remedy: 'npm run build',
    });
    expect(await driver.start(aSpec()).exited).toEqual({
      kind: 'never-started',
      detail: `${runnerFile} does not exist: run npm run build`,
    });
  });

  it('refuses to make a sandbox for root', async () => {
    const driver = createBubblewrapDriver(asRoot);

    const exit = await driver.start({ ...aSpec(), user: { uid: 0, gid: 0 } }).exited;

    expect(exit).toMatchObject({ kind: 'never-started', detail: expect.stringContaining('must not be root') });
  });
});

function aSpec(): SandboxSpec {
  return {
    name: `nanoclaw-check-${process.pid}`,
    installation: 'unavailable',
    groupFolder: 'check',
    runId: 'run-1',
    user: nobody,
    mounts: [],
    environment: {},
    limits: { memoryBytes: 2 ** 28, cpus: 1, pids: 64, tmpBytes: 2 ** 20 },
  };
}

async function reasonAgainst(create: typeof createDriver): Promise<string | undefined> {
  const availability = await create('availability').available();
  return availability.ok ? undefined : availability.reason;
}
