import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dockerDialect } from '@nanoclaw/host/sandboxes/docker/docker-dialect.js';
import { createEngineClient } from '@nanoclaw/host/sandboxes/engine/engine-client.js';
import type { EngineDriver } from '@nanoclaw/host/sandboxes/engine/engine-driver.js';
import type { Mount } from '@nanoclaw/host/sandboxes/spec.js';
import { sandboxConformance } from '@nanoclaw/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSpec, docker, INSTALLATION, runIn, testUser } from './docker-bench.ts';
import { createDriver, ensureTestImage, TEST_IMAGE } from './docker-driver.ts';
import { useTestEngine } from './test-engine.ts';

const { unavailable, stop } = await useTestEngine();
const MEBIBYTE = 1024 * 1024;
const user = testUser();

beforeAll(async () => {
  if (unavailable === undefined) await ensureTestImage();
});
afterAll(stop);

sandboxConformance({
  name: 'docker',
  createDriver,
  unavailable,
  driverModule: fileURLToPath(new URL('./docker-driver.ts', import.meta.url)),
  nodeMajor: 22,
  memoryLimit: 'exact',
});

describe.skipIf(unavailable !== undefined)('the docker driver', () => {
  const driver = unavailable === undefined ? createDriver(INSTALLATION) : (undefined as unknown as EngineDriver);
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nanoclaw-docker-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says that the engine answers and that the image is of this build', async () => {
    expect(await driver.available()).toMatchObject({ ok: true });
    expect(await driver.image()).toEqual({ phase: 'ready' });
  });

  it('shows in docker inspect no network, read-only root, no privileges, the limits and an unprivileged user', async () => {
    const spec = aSpec({ limits: { memoryBytes: 700 * MEBIBYTE, cpus: 1.5, pids: 123, tmpBytes: 20 * MEBIBYTE } });
    const sandbox = driver.start(spec);
    const container = await inspectWhenRunning(spec.name);
    await sandbox.stop();

    expect(container.Config).toMatchObject({ User: `${user.uid}:${user.gid}`, WorkingDir: '/workspace/group' });
    expect(container.HostConfig).toMatchObject({
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapAdd: null,
      CapDrop: ['ALL'],
      Init: true,
      Memory: 700 * MEBIBYTE,
      MemorySwap: 700 * MEBIBYTE,
      NanoCpus: 1.5e9,
      PidsLimit: 123,
      ShmSize: 20 * MEBIBYTE,
      Devices: [],
      PortBindings: {},
      Binds: null,
      VolumesFrom: null,
      PidMode: '',
      UTSMode: '',
      UsernsMode: '',
    });
    const [newPrivileges, filter] = container.HostConfig.SecurityOpt;
    expect(newPrivileges).toBe('no-new-privileges');
    expect(JSON.parse(filter.replace('seccomp=', ''))).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO' });
    expect(Object.keys(container.NetworkSettings.Networks)).toEqual(['none']);
    expect(container.Mounts).toEqual([]);
    expect(user.uid).toBeGreaterThan(0);
  });

  it('mounts folders whose names mean something to a shell, to CSV or to -v', async () => {
    const names = ['a,b', 'c:d:ro', 'e"f"', 'g=h,readonly', "i'j $k `l`", ' m', 'n\\o', '日本 ñ', '--p'];
    const mounts = names.map((name, index): Mount => {
      // A blank in front is only refused at the ends of the whole path.
      const source = join(folder, name);
      mkdirSync(source);
      if (process.getuid?.() === 0) chownSync(source, user.uid, user.gid);
      return { source, target: `/workspace/extra/${index}`, mode: 'read-write' };
    });
    const { exit, errors } = await runIn(driver, { mounts }, 'for d in /workspace/extra/*; do echo x > $d/file; done');

    expect({ exit, errors }).toEqual({ exit: { kind: 'exited', code: 0 }, errors: '' });
    for (const name of names) expect(readFileSync(join(folder, name, 'file'), 'utf8')).toBe('x\n');
  });

  it('mounts the session folder inside the in-memory home', async () => {
    const source = join(folder, 'session');
    mkdirSync(source);
    if (process.getuid?.() === 0) chownSync(source, user.uid, user.gid);
    const mounts: Mount[] = [{ source, target: '/home/node/.claude', mode: 'read-write' }];
    const { exit } = await runIn(driver, { mounts }, 'echo kept > ~/.claude/kept && echo lost > ~/lost');

    expect(exit).toEqual({ kind: 'exited', code: 0 });
    expect(readdirSync(source)).toEqual(['kept']);
  });

  it('refuses a path that docker would bend, before anything runs', async () => {
    const mounts: Mount[] = [{ source: `${folder}/a\r\nb`, target: '/workspace/extra/x', mode: 'read-only' }];

    const { exit } = await runIn(driver, { mounts }, 'true');

    expect(exit).toMatchObject({ kind: 'never-started', detail: expect.stringContaining('control characters') });
  });

  it('does not take a command that ran out of memory for the end of the sandbox', async () => {
    const limits = { memoryBytes: 256 * MEBIBYTE, cpus: 1, pids: 64, tmpBytes: 8 * MEBIBYTE };
    const hog = 'python3 -c "bytearray(10**9)"; echo ended with $?; exit 3';

    const { exit, output } = await runIn(driver, { limits }, hog);

    expect(output).toBe('ended with 137\n');
    expect(exit).toEqual({ kind: 'exited', code: 3 });
  });

  it('leaves no container behind when its docker client is killed', async () => {
    const spec = aSpec({});
    const sandbox = driver.start(spec);
    await inspectWhenRunning(spec.name);

    for (const pid of clientProcesses(spec.name)) process.kill(pid, 'SIGKILL');

    expect(await sandbox.exited).toEqual({ kind: 'killed', signal: 'SIGKILL' });
    expect(await driver.list()).toEqual([]);
  });

  it('reports what somebody else ended as killed', async () => {
    const spec = aSpec({});
    const sandbox = driver.start(spec);
    await inspectWhenRunning(spec.name);

    await docker('kill', spec.name);

    expect(await sandbox.exited).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it('takes an image that is not ours as it is, and says what is missing of one that is not there', async () => {
    const base = (await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')).split('\n');
    const image = base.find((name) => /^(nanoclaw-base|node):/.test(name)) ?? 'there is no base';
    const foreign = createDriver(INSTALLATION, { image });
    const absent = createDriver(INSTALLATION, { image: 'nanoclaw-agent:no-such-tag' });

    expect(await foreign.imageOrigin()).toEqual({ kind: 'foreign' });
    expect(await foreign.image()).toEqual({ phase: 'ready' });
    expect(await absent.image()).toMatchObject({ phase: 'missing', remedy: 'npx nanoclaw sandbox build' });
    const { exit } = await runIn(absent, {}, 'true');
    expect(exit).toMatchObject({ kind: 'never-started', detail: expect.stringContaining('no-such-tag') });
  });

  it('runs an image with an entry point of its own, as one from v1, and gives it the JSON on stdin', async () => {
    const image = `nanoclaw-foreign-test:${process.pid}`;
    const context = mkdtempSync(join(folder, 'context-'));
    const entry = ['sh', '-c', 'cat > /tmp/input.json && node -p "require(\'/tmp/input.json\').prompt"'];
    writeFileSync(join(context, 'Dockerfile'), `FROM ${TEST_IMAGE}\nENTRYPOINT ${JSON.stringify(entry)}\n`);
    await docker('build', '--tag', image, context);

    const { output, exit } = await runIn(createDriver(INSTALLATION, { image }), {}, 'what v1 reads');

    await docker('image', 'rm', '--force', image);
    expect(output).toBe('what v1 reads\n');
    expect(exit).toEqual({ kind: 'exited', code: 0 });
  });

  it('calls an image outdated that was built from other sources', async () => {
    const stale = createDriver(INSTALLATION, { expectedBuild: async () => 'another build' });

    expect(await stale.image()).toMatchObject({ phase: 'outdated', remedy: 'npx nanoclaw sandbox build' });
  });
});

describe('the docker driver without an engine', () => {
  const withoutEngine = (options: Omit<Parameters<typeof createEngineClient>[0], 'dialect'>): EngineDriver =>
    createDriver(INSTALLATION, { client: createEngineClient({ dialect: dockerDialect, ...options }) });

  it('names the command that installs the client when there is none', async () => {
    const driver = withoutEngine({ command: 'no-such-docker', environment: process.env });

    expect(await driver.available()).toMatchObject({ ok: false, remedy: 'sudo apt-get install -y docker.io' });
    const sandbox = driver.start(aSpec({}));
    expect((await sandbox.exited).kind).toBe('never-started');
    await sandbox.stop();
  });

  it.skipIf(unavailable !== undefined)('names the command that starts the engine when it does not answer', async () => {
    const driver = withoutEngine({ environment: { ...process.env, DOCKER_HOST: 'unix:///no/such/engine.sock' } });

    expect(await driver.available()).toMatchObject({ ok: false, remedy: 'sudo systemctl start docker' });
    await expect(driver.list()).rejects.toThrow('sandboxes cannot be listed');
    const { exit } = await runIn(driver, {}, 'true');
    expect(exit).toMatchObject({ kind: 'never-started', detail: expect.stringMatching(/connect/i) });
  });
});

/** The record of a container, as soon as it runs. */
async function inspectWhenRunning(name: string) {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const found = await docker('ps', '--quiet', '--filter', `name=^/?${name}$`, '--filter', 'status=running');
    if (found !== '') return JSON.parse(await docker('inspect', name))[0];
  }
  throw new Error(`sandbox ${name} did not start in time`);
}

function clientProcesses(name: string): number[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map(Number).filter((pid) => {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return program.endsWith('docker') && args.includes(name);
    } catch {
      return false;
    }
  });
}
