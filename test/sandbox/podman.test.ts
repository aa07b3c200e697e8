import { fileURLToPath } from 'node:url';
import { createEngineClient } from '@nanoclaw/host/sandboxes/engine/engine-client.js';
import { createPodmanDialect } from '@nanoclaw/host/sandboxes/podman/podman-dialect.js';
import { sandboxConformance } from '@nanoclaw/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { aSpec, INSTALLATION, runIn } from './docker-bench.ts';
import { createDriver } from './podman-driver.ts';
import { ensurePodmanImage, podmanClient, podmanDriver, testPodman, unavailable } from './podman-engine.ts';
import { createDriver as createRootlessDriver } from './podman-rootless-driver.ts';

const module = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

beforeAll(async () => {
  if (unavailable === undefined) await ensurePodmanImage('rootless');
});

sandboxConformance({
  name: 'podman, host is root',
  createDriver,
  unavailable,
  driverModule: module('./podman-driver.ts'),
  // conmon 2.1 with control groups of version 1 does not note it.
  memoryLimit: 'unreported',
  nodeMajor: 22,
});

sandboxConformance({
  name: 'podman, host is unprivileged, without control groups',
  createDriver: createRootlessDriver,
  unavailable,
  driverModule: module('./podman-rootless-driver.ts'),
  ...(unavailable === undefined ? { host: testPodman('rootless').user } : {}),
  memoryLimit: 'approximate',
  nodeMajor: 22,
});

describe.skipIf(unavailable !== undefined)('the podman driver', () => {
  it('says what it found, and that the image is of this build', async () => {
    const root = createDriver(INSTALLATION);
    const rootless = createRootlessDriver(INSTALLATION);

    expect(await root.available()).toMatchObject({ ok: true, detail: expect.stringMatching(/^Podman \d+\.\d+\.\d+$/) });
    expect(await rootless.available()).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^Podman \d+\.\d+\.\d+, rootless; no limit for the whole on memory, pids, cpus$/),
    });
    expect(await root.image()).toEqual({ phase: 'ready' });
  });

  it('gives a rootless sandbox the user of the host, whose files stay its own', async () => {
    const { user } = testPodman('rootless');
    const { output } = await runIn(createRootlessDriver(INSTALLATION), { user }, 'id -u; echo x > ~/x && cat ~/x');

    expect(output).toBe(`${user.uid}\nx\n`);
  });

  it('says what is missing of an image that is not there', async () => {
    const absent = podmanDriver(await podmanClient('root'), INSTALLATION, { image: 'localhost/nanoclaw-agent:absent' });

    expect(await absent.image()).toMatchObject({ phase: 'missing', remedy: 'npx nanoclaw sandbox build' });
    const { exit } = await runIn(absent, {}, 'true');
    expect(exit).toMatchObject({ kind: 'never-started', detail: expect.stringContaining('absent') });
  });

  it('reports what somebody else ended as killed, and leaves nothing', async () => {
    const client = await podmanClient('root');
    const driver = podmanDriver(client, INSTALLATION);
    const spec = aSpec({});
    const sandbox = driver.start(spec);
    while (!(await driver.list()).some(({ name }) => name === spec.name));
    while ((await client.run(['kill', spec.name])).kind !== 'done');

    expect(await sandbox.exited).toEqual({ kind: 'killed', signal: 'SIGKILL' });
    expect(await driver.list()).toEqual([]);
  });
});

describe('the podman driver without podman', () => {
  it('names the command that installs it', async () => {
    const client = createEngineClient({ dialect: createPodmanDialect(), command: 'no-such-podman', environment: {} });
    const driver = podmanDriver(client, INSTALLATION);

    expect(await driver.available()).toMatchObject({ ok: false, remedy: 'sudo apt-get install -y podman' });
    expect(await driver.start(aSpec({})).exited).toMatchObject({ kind: 'never-started' });
  });
});
