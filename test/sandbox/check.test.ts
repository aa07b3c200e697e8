import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkSandbox } from '@nanoclaw/host/flows/sandbox-check.js';
import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { createBubblewrapDriver } from '@nanoclaw/host/sandboxes/bubblewrap/bubblewrap-driver.js';
import type { CheckResult } from '@nanoclaw/host/sandboxes/check-table.js';
import { dockerDialect } from '@nanoclaw/host/sandboxes/docker/docker-dialect.js';
import { createEngineClient, type EngineClient } from '@nanoclaw/host/sandboxes/engine/engine-client.js';
import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import { type SandboxSpec, type SandboxUser, sandboxUser } from '@nanoclaw/host/sandboxes/spec.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { app } from './bubblewrap-driver.ts';
import { createDriver as createDockerTestDriver, ensureTestImage } from './docker-driver.ts';
import {
  ensurePodmanImage,
  podmanClient,
  podmanDriver,
  unavailable as podmanUnavailable,
  testPodman,
} from './podman-engine.ts';
import { useTestEngine } from './test-engine.ts';
import { type Edit, weakeningProgram } from './weaken.ts';

const MEBIBYTE = 1024 * 1024;
const [uid, gid] = [process.getuid?.() ?? 1000, process.getgid?.() ?? 1000];
const SECRET = 'sk-ant-this-is-a-key-of-the-host';
const limits = { memoryBytes: 512 * MEBIBYTE, cpus: 2, pids: 128, tmpBytes: 32 * MEBIBYTE };

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-check-home-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs the check against a driver, with a spec that somebody has changed on its way to it. */
async function check(
  driver: SandboxDriver,
  {
    user = sandboxUser(uid, gid),
    change = (spec) => spec,
  }: { user?: SandboxUser; change?: (spec: SandboxSpec) => SandboxSpec },
) {
  return checkSandbox({
    driver: {
      ...driver,
      start: (spec) => {
        letOthersEnter(spec.mounts.map(({ source }) => source));
        return driver.start(change(spec));
      },
    },
    settings: { installation: `check-${process.pid}`, user, limits, timezone: 'UTC' },
    script: join(CHECKOUT, 'packages', 'host', 'inside', 'sandbox-check.mjs'),
    temporary: tmpdir(),
    ownPlaces: [home],
    secrets: [SECRET],
    environment: process.env,
    now: systemClock.now,
  });
}

/** An engine without rights acts as somebody else than this process, and has to reach what it mounts. */
function letOthersEnter(paths: readonly string[]): void {
  for (let path of paths) {
    for (path = dirname(path); path !== tmpdir() && path !== '/'; path = dirname(path)) chmodSync(path, 0o711);
  }
}

const failed = (results: readonly CheckResult[]): string[] => results.filter(({ ok }) => !ok).map(({ id }) => id);

/** What somebody could change in the spec, and a check that has to see it. */
const SPECS: readonly (readonly [string, (spec: SandboxSpec) => SandboxSpec, string])[] = [
  ['more processes', (spec) => ({ ...spec, limits: { ...spec.limits, pids: 1_024 } }), 'limit-processes'],
  ['more memory', (spec) => ({ ...spec, limits: { ...spec.limits, memoryBytes: 4_096 * MEBIBYTE } }), 'limit-memory'],
  ['a larger /tmp', (spec) => ({ ...spec, limits: { ...spec.limits, tmpBytes: 256 * MEBIBYTE } }), 'limit-tmp'],
  ['a key in the environment', (spec) => ({ ...spec, environment: { ...spec.environment, X: SECRET } }), 'environment'],
  [
    'shared memory that it may write',
    (spec) => ({
      ...spec,
      mounts: spec.mounts.map((mount) => ({
        ...mount,
        mode: mount.target === '/workspace/global' ? 'read-write' : mount.mode,
      })),
    }),
    'write-/workspace/global',
  ],
  [
    "a writable folder of the host's",
    (spec) => ({
      ...spec,
      mounts: [...spec.mounts, { source: home, target: '/workspace/extra/x', mode: 'read-write' }],
    }),
    'mounts',
  ],
  [
    "the host's home",
    (spec) => ({ ...spec, mounts: [...spec.mounts, { source: home, target: home, mode: 'read-only' }] }),
    'read-HOME',
  ],
  ['another user', (spec) => ({ ...spec, user: { uid: 1_234, gid: 1_234 } }), 'user'],
];

const drop = (...find: string[]): Edit => ({ find, put: [] });

/**
 * Flags of the command line that runs a sandbox, and a check that has to see that one is missing. Some are a second lock
 * on the same door and are taken away together with the first. Not here: `--clearenv`, because the host hands over no
 * environment in the first place, and `--new-session` and `--die-with-parent`, which the conformance suite tests.
 */
const BUBBLEWRAP: readonly (readonly [string, readonly Edit[], string])[] = [
  ['--unshare-net', [drop('--unshare-net')], 'interfaces'],
  // The outer process namespace alone would do as well.
  [
    '--unshare-pid',
    [drop('--unshare-pid'), drop('--as-pid-1'), drop('unshare', '--pid', '--fork', '--kill-child=KILL', '--')],
    'namespace-pid',
  ],
  ['--unshare-ipc', [drop('--unshare-ipc')], 'namespace-ipc'],
  ['--unshare-uts', [drop('--unshare-uts'), drop('--hostname', 'nanoclaw')], 'namespace-uts'],
  ['--remount-ro', [drop('--remount-ro', '/')], 'root-read-only'],
  ['--seccomp', [drop('--seccomp', '[0-9]*')], 'system-call-filter'],
  ['--reuid', [drop('--reuid', '[0-9]*')], 'user-ids'],
  ['--regid', [drop('--regid', '[0-9]*'), drop('--clear-groups')], 'group-ids'],
  ['--bounding-set', [drop('--bounding-set=-all')], 'capabilities-bnd'],
  [
    '--cap-drop',
    [drop('--cap-drop', 'ALL'), drop('--reuid', '[0-9]*'), drop('--bounding-set=-all')],
    'capabilities-eff',
  ],
];

const DOCKER: readonly (readonly [string, readonly Edit[], string])[] = [
  ['--network none, for a bridge', [{ find: ['--network', 'none'], put: ['--network', 'bridge'] }], 'interfaces'],
  [
    "--network none, for the host's",
    [{ find: ['--network', 'none'], put: ['--network', 'host'] }, drop('--hostname', 'nanoclaw')],
    'namespace-net',
  ],
  ['--read-only', [drop('--read-only')], 'root-read-only'],
  ['--cap-drop', [drop('--cap-drop', 'ALL')], 'capabilities-bnd'],
  ['no-new-privileges', [drop('--security-opt', 'no-new-privileges')], 'no-new-privileges'],
  ['the filter', [{ find: ['seccomp=*'], put: ['seccomp=unconfined'] }], 'system-call-filter'],
  ['--user', [drop('--user', '*')], 'user'],
  ['--pids-limit', [drop('--pids-limit', '[0-9]*')], 'limit-processes'],
  ['--memory', [drop('--memory', '[0-9]*'), drop('--memory-swap', '[0-9]*')], 'limit-memory'],
  ['--tmpfs', [{ find: ['/tmp:*'], put: ['/tmp:rw,exec,size=256m,mode=1777'] }], 'limit-tmp'],
];

/** As with docker, and what podman would add or does in another way. */
const PODMAN: typeof DOCKER = [
  ...DOCKER,
  ['--read-only-tmpfs=false', [drop('--read-only-tmpfs=false')], 'write-/var/tmp'],
];

/** Rootless and without control groups: other limits, and ids that have to be kept. */
const ROOTLESS: typeof DOCKER = [
  ['--userns keep-id', [drop('--userns', 'keep-id')], 'user'],
  ['--ulimit nproc', [drop('--ulimit', 'nproc=*')], 'limit-processes'],
  ['--ulimit data', [drop('--ulimit', 'data=*')], 'limit-memory'],
];

const engine = await useTestEngine();

describe.skipIf(uid !== 0)('nanoclaw sandbox check with bubblewrap, whose host is root', () => {
  const driver = (edits?: readonly Edit[]) => {
    const weak = edits && weakeningProgram(edits);
    const launchPrefix = weak === undefined ? [] : [weak.path];
    const made = createBubblewrapDriver({
      app,
      host: { uid, gid },
      installation: 'nc-check',
      clock: systemClock,
      launchPrefix,
    });
    return { made, remove: () => weak?.remove() };
  };
  checks(driver, BUBBLEWRAP);
});

describe.skipIf(engine.unavailable !== undefined)('nanoclaw sandbox check with docker', () => {
  beforeAll(ensureTestImage);
  afterAll(() => engine.stop());
  const driver = (edits?: readonly Edit[]) => {
    const weak = edits && weakeningProgram(edits, 'docker');
    const client = createEngineClient({
      dialect: dockerDialect,
      environment: process.env,
      ...(weak === undefined ? {} : { command: weak.path }),
    });
    return { made: createDockerTestDriver('nc-check', { client }), remove: () => weak?.remove() };
  };
  checks(driver, DOCKER);
});

describe.skipIf(podmanUnavailable !== undefined).each([
  ['root', PODMAN],
  ['rootless', ROOTLESS],
] as const)('nanoclaw sandbox check with podman as %s', (variant, flags) => {
  const podman = testPodman(variant);
  let client: EngineClient;
  beforeAll(async () => {
    await ensurePodmanImage(variant);
    client = await podmanClient(variant);
  });
  const driver = (edits?: readonly Edit[]) => {
    const weak = edits && weakeningProgram(edits, client.command);
    const made = createEngineClient({ ...client, ...(weak === undefined ? {} : { command: weak.path }) });
    return {
      made: podmanDriver(made, 'nc-check'),
      user: sandboxUser(podman.user.uid, podman.user.gid),
      remove: () => weak?.remove(),
    };
  };
  checks(driver, flags);
});

function checks(
  driver: (edits?: readonly Edit[]) => { made: SandboxDriver; user?: SandboxUser; remove(): unknown },
  flags: readonly (readonly [string, readonly Edit[], string])[],
): void {
  test('finds nothing in the sandbox as it is, and looks at some forty things', async () => {
    const results = await check(driver().made, driver());
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.length).toBeGreaterThan(40);
    expect(new Set(results.map(({ id }) => id)).size).toBe(results.length);
  });

  test.each(flags)('sees that %s is missing', async (_, edits, id) => {
    const weakened = driver(edits);
    try {
      expect(failed(await check(weakened.made, weakened))).toContain(id);
    } finally {
      weakened.remove();
    }
  });

  test.each(SPECS)('sees %s', async (_, change, id) => {
    expect(failed(await check(driver().made, { ...driver(), change }))).toContain(id.replace('HOME', home));
  });
}
