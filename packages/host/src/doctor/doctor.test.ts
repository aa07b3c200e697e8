import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canMount, mountSmallDisk } from '@nanoclaw/testkit';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChannelSetup } from '../channels/channel-setup.ts';
import { loadConfig } from '../config/config.ts';
import { homePaths, prepareHome } from '../config/home-files.ts';
import { tryCredential } from '../gateway/try-credential.ts';
import { systemClock } from '../kernel/clock.ts';
import { identityOf } from '../kernel/process-identity.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import { openStore } from '../store/open-store.ts';
import { ALL_CHECKS } from './all-checks.ts';
import type { HostView, Scene } from './check.ts';
import { examine } from './examine.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let root: string;
let servers: Server[];
let endings: (() => void)[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nanoclaw-doctor-'));
  servers = [];
  endings = [];
});
afterEach(async () => {
  for (const end of endings) end();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(root, { recursive: true, force: true });
});

const home = () => join(root, 'home');
const configHome = () => join(root, 'config');
const paths = () => homePaths(home());

/** A model service that answers everything with one status and one time. */
async function aModelService(status: number, clockMs = systemClock.now()): Promise<string> {
  const date = new Date(clockMs).toUTCString();
  const server = createServer((_, response) => response.writeHead(status, { date }).end('{}'));
  server.keepAliveTimeout = 0;
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const HOST: HostView = { pid: 7, version: '2.0.0', channels: [{ name: 'local', isConnected: true }] };

const TELEGRAM: ChannelSetup = {
  name: 'telegram',
  title: 'Telegram',
  page: 'telegram.md',
  steps: [],
  fields: [],
  firstMessage: '',
  verify: async ({ TELEGRAM_BOT_TOKEN: token }) =>
    token === 'right-token' ? { ok: true, detail: '@andy_bot' } : { ok: false, problem: 'the token is not accepted' },
};

function aDriver(live: string[] = [], phase: 'ready' | 'missing' = 'ready'): SandboxDriver {
  return {
    kind: 'bubblewrap',
    image: async () =>
      phase === 'ready' ? { phase } : { phase, reason: 'there is no image', remedy: 'nanoclaw sandbox build' },
    list: async () => live.map((name) => ({ name, groupFolder: 'work', runId: 'r' })),
    async stop(name: string) {
      live.splice(live.indexOf(name), 1);
      return true;
    },
  } as Partial<SandboxDriver> as SandboxDriver;
}

const service =
  (state: object): Scene['service'] =>
  async () =>
    ({
      manager: { kind: 'systemd' },
      state: { isInstalled: true, isRunning: true, startsAtBoot: true, file: 'unit', facts: [], ...state },
    }) as never;

/** Everything in order: a home that was used, a key that is accepted, a channel, a service. */
async function aScene(environment: Record<string, string> = {}): Promise<Scene> {
  mkdirSync(configHome(), { recursive: true });
  prepareHome(paths());
  const database = openStore(paths().database);
  database.exec(
    `INSERT OR IGNORE INTO registered_groups (jid, name, folder, trigger_pattern, added_at, is_main)
     VALUES ('local:main', 'main', 'main', '@Andy', '2026-01-01', 1)`,
  );
  database.close();
  const checkout = join(root, 'checkout');
  for (const part of ['src', 'dist']) mkdirSync(join(checkout, 'packages', 'host', part), { recursive: true });
  writeFileSync(join(checkout, 'packages', 'host', 'src', 'main.ts'), '');
  writeFileSync(join(checkout, 'packages', 'host', 'dist', 'nanoclaw.mjs'), '');
  backupOfAge(HOUR_MS);
  const base = environment['ANTHROPIC_BASE_URL'] ?? (await aModelService(200));
  const given = { NANOCLAW_CONFIG_HOME: configHome(), TZ: 'Europe/Berlin', ANTHROPIC_API_KEY: 'sk-ant-key-1234' };
  const settings = { config: loadConfig({ ...given, ANTHROPIC_BASE_URL: base, ...environment }, home()) };
  return {
    paths: paths(),
    configHome: configHome(),
    checkout,
    version: '2.0.0',
    nodeVersion: '20.19.0',
    claudeLoginFile: join(root, 'claude-login.json'),
    isOffline: false,
    now: systemClock.now,
    host: undefined,
    settings,
    driver: async () => aDriver(),
    checkSandbox: async () => ({
      driver: 'bubblewrap',
      results: [{ name: 'x', what: 'no way out', ok: true }] as never,
    }),
    tryModel: ({ credential, variables }) =>
      tryCredential({ credential, base: variables.ANTHROPIC_BASE_URL!, model: undefined }),
    channels: async () => [{ setup: TELEGRAM, values: { TELEGRAM_BOT_TOKEN: 'right-token' } }],
    service: service({ pid: 7 }),
  };
}

function backupOfAge(ageMs: number): void {
  rmSync(paths().backups, { recursive: true, force: true });
  mkdirSync(paths().backups, { mode: 0o700 });
  const name = new Date(systemClock.now() - ageMs).toISOString().slice(0, 19).replaceAll(':', '-');
  writeFileSync(join(paths().backups, `messages-${name}Z.db`), '');
}

/** A file that somebody left long ago. */
function leave(file: string): void {
  writeFileSync(file, '');
  utimesSync(file, 1_000_000, 1_000_000);
}

function write(file: string, text: string, mode = 0o600): void {
  writeFileSync(file, text);
  chmodSync(file, mode);
}

async function doctor(scene: Scene, fix = false) {
  const told: string[] = [];
  const onDone = (done: readonly { check: string }[]): void => void told.push(...done.map(({ check }) => check));
  const diagnoses = await examine(ALL_CHECKS, scene, { fix, onDone });
  expect(told).toEqual(diagnoses.map(({ check }) => check));
  return diagnoses;
}

interface Fault {
  readonly name: string;
  readonly check: string;
  /** What the finding says; it names the thing. */
  readonly found: RegExp;
  readonly isMendable?: true;
  plant(scene: Scene): Scene | Promise<Scene>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'an old Node.js',
    check: 'node',
    found: /Node\.js 18\.20\.1 is too old/,
    plant: (scene) => ({ ...scene, nodeVersion: '18.20.1' }),
  },
  {
    name: 'no build',
    check: 'build',
    found: /checkout is not built/,
    plant(scene) {
      rmSync(join(scene.checkout, 'packages', 'host', 'dist', 'nanoclaw.mjs'));
      return scene;
    },
  },
  {
    name: 'a build of before the update',
    check: 'build',
    found: /older than its sources/,
    plant(scene) {
      utimesSync(join(scene.checkout, 'packages', 'host', 'dist', 'nanoclaw.mjs'), 1_000_000, 1_000_000);
      return scene;
    },
  },
  {
    name: 'a host of before the update',
    check: 'build',
    found: /running host \(process 7\) is version 1\.9\.9/,
    plant: (scene) => ({ ...scene, host: { ...HOST, version: '1.9.9' } }),
  },
  {
    name: 'a mistake in the settings',
    check: 'settings',
    found: /MODEL is .*, but must be/,
    plant: (scene) => ({ ...scene, settings: { mistakes: 'MODEL is "x", but must be y' } }),
  },
  {
    name: 'a file where a directory of the home should be',
    check: 'home',
    found: /home\/groups cannot be used: it is no directory/,
    plant(scene) {
      rmSync(scene.paths.groups, { recursive: true });
      writeFileSync(scene.paths.groups, '');
      return scene;
    },
  },
  {
    name: 'settings that others may read',
    check: 'secret files',
    found: /home\/\.env can be read by others \(mode 644\)/,
    isMendable: true,
    plant(scene) {
      write(join(home(), '.env'), '', 0o644);
      return scene;
    },
  },
  {
    name: 'credentials of services that others may read',
    check: 'secret files',
    found: /services\.json can be read by others \(mode 640\)/,
    isMendable: true,
    plant(scene) {
      write(join(configHome(), 'services.json'), '{"services":[]}', 0o640);
      return scene;
    },
  },
  {
    name: 'a lock of a process that is dead',
    check: 'lock',
    found: /nanoclaw\.lock was left by a process that is dead/,
    isMendable: true,
    plant(scene) {
      writeFileSync(scene.paths.lock, JSON.stringify({ ...identityOf(process.pid), began: '1' }));
      return scene;
    },
  },
  {
    name: 'a host that does not answer',
    check: 'lock',
    found: new RegExp(`process ${process.pid} holds .* but does not answer`),
    plant(scene) {
      writeFileSync(scene.paths.lock, JSON.stringify(identityOf(process.pid)));
      return scene;
    },
  },
  {
    name: 'what a killed backup left',
    check: 'leftover files',
    found: /backups\/messages-x\.db\.unfinished was left/,
    isMendable: true,
    plant(scene) {
      leave(join(scene.paths.backups, 'messages-x.db.unfinished'));
      return scene;
    },
  },
  {
    name: 'a damaged database',
    check: 'database',
    found: /messages\.db is damaged/,
    plant(scene) {
      writeFileSync(scene.paths.database, 'this is no database, but it is long enough to be looked at'.repeat(50));
      return scene;
    },
  },
  {
    name: 'a database of a later release',
    check: 'database',
    found: /messages\.db has schema 9999/,
    plant(scene) {
      const database = new Sqlite(scene.paths.database);
      database.pragma('user_version = 9999');
      database.close();
      return scene;
    },
  },
  {
    name: 'backups that have stopped',
    check: 'backups',
    found: /newest backup, .*messages-.*\.db, is 72 hours old/,
    plant(scene) {
      backupOfAge(72 * HOUR_MS);
      return scene;
    },
  },
  {
    name: 'no main chat',
    check: 'main chat',
    found: /no chat is main/,
    plant(scene) {
      const database = new Sqlite(scene.paths.database);
      database.exec('DELETE FROM registered_groups');
      database.close();
      return scene;
    },
  },
  {
    name: 'sender rules that are no JSON',
    check: 'sender rules',
    found: /sender-allowlist\.json cannot be used: it is not JSON/,
    plant(scene) {
      write(join(configHome(), 'sender-allowlist.json'), '{');
      return scene;
    },
  },
  {
    name: 'mount rules that everybody may write',
    check: 'mount rules',
    found: /mount-allowlist\.json cannot be used: everybody/,
    isMendable: true,
    plant(scene) {
      write(
        join(configHome(), 'mount-allowlist.json'),
        '{"allowedRoots":[],"blockedPatterns":[],"nonMainReadOnly":true}',
        0o602,
      );
      return scene;
    },
  },
  {
    name: 'internet rules with a rule that is none',
    check: 'internet rules',
    found: /egress-allowlist\.json cannot be used/,
    plant(scene) {
      write(join(configHome(), 'egress-allowlist.json'), '{"no":"rules"}');
      return scene;
    },
  },
  {
    name: 'service rules with a mistake',
    check: 'service rules',
    found: /services\.json cannot be used/,
    plant(scene) {
      write(join(configHome(), 'services.json'), '{"services":[{"name":7}]}');
      return scene;
    },
  },
  {
    name: 'no sandbox',
    check: 'sandbox',
    found: /no sandbox can be used \(docker: gone\)/,
    plant: (scene) => ({ ...scene, driver: () => Promise.reject(new Error('no sandbox can be used (docker: gone)')) }),
  },
  {
    name: 'no image',
    check: 'sandbox',
    found: /there is no image/,
    plant: (scene) => ({ ...scene, driver: async () => aDriver([], 'missing') }),
  },
  {
    name: 'a sandbox that does not hold',
    check: 'walls',
    found: /does not hold: "the disk is out of reach" is not so \(found: \/etc\/shadow\)/,
    plant: (scene) => ({
      ...scene,
      checkSandbox: async () => ({
        driver: 'bubblewrap',
        results: [{ name: 'x', what: 'the disk is out of reach', ok: false, found: '/etc/shadow' }] as never,
      }),
    }),
  },
  {
    name: 'a sandbox without a host',
    check: 'orphaned sandboxes',
    found: /nanoclaw-work-1 of the group work is live, but no host runs/,
    isMendable: true,
    plant(scene) {
      const live = ['nanoclaw-work-1'];
      return { ...scene, driver: async () => aDriver(live) };
    },
  },
  {
    name: 'a key that is not accepted',
    check: 'model',
    found: /ANTHROPIC_API_KEY is not accepted by the model service \(status 401\)/,
    plant: async () => aScene({ ANTHROPIC_BASE_URL: await aModelService(401) }),
  },
  {
    name: 'a model service that is not there',
    check: 'model',
    found: /model service cannot be reached/,
    plant: () => aScene({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' }),
  },
  {
    name: 'a wrong clock',
    check: 'model',
    found: /clock of this machine is 120 minutes fast/,
    plant: async () => aScene({ ANTHROPIC_BASE_URL: await aModelService(200, systemClock.now() - 2 * HOUR_MS) }),
  },
  {
    name: "a token of Claude Code's own login",
    check: 'credential expiry',
    found: /CLAUDE_CODE_OAUTH_TOKEN ends on .*Claude Code login/,
    async plant() {
      const secret = 'sk-ant-oat01-of-the-login';
      const scene = await aScene({ ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: secret });
      const login = { claudeAiOauth: { accessToken: secret, expiresAt: systemClock.now() + 2 * HOUR_MS } };
      writeFileSync(scene.claudeLoginFile, JSON.stringify(login));
      return scene;
    },
  },
  {
    name: 'a token that ends in three days',
    check: 'credential expiry',
    found: /ANTHROPIC_AUTH_TOKEN ends on .*: it says so itself/,
    plant() {
      const exp = Math.floor((systemClock.now() + 3 * DAY_MS) / 1_000);
      const claims = Buffer.from(JSON.stringify({ exp })).toString('base64url');
      return aScene({ ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: `head.${claims}.signature` });
    },
  },
  {
    name: 'a channel whose token is not accepted',
    check: 'channel credentials',
    found: /Telegram: the token is not accepted/,
    plant: (scene) => ({
      ...scene,
      channels: async () => [{ setup: TELEGRAM, values: { TELEGRAM_BOT_TOKEN: 'wrong-token' } }],
    }),
  },
  {
    name: 'a channel that is down',
    check: 'channels',
    found: /telegram is not connected: the network is down/,
    plant: (scene) => ({
      ...scene,
      host: { ...HOST, channels: [{ name: 'telegram', isConnected: false, problem: 'the network is down' }] },
    }),
  },
  {
    name: 'a service that does not run',
    check: 'service',
    found: /installed but does not run: unit: failed/,
    plant: (scene) => ({ ...scene, service: service({ isRunning: false, facts: ['unit: failed'] }) }),
  },
  {
    name: 'a service without linger',
    check: 'service',
    found: /does not start at boot: linger is off/,
    plant: (scene) => ({ ...scene, service: service({ startsAtBoot: false, facts: ['linger is off'] }) }),
  },
  {
    name: 'a port that another program has',
    check: 'port of the page',
    found: /port \d+ is in use by another program/,
    plant: async () => aScene({ WEB_PORT: new URL(await aModelService(200)).port }),
  },
];

describe('doctor', () => {
  test('finds nothing where everything is in order', async () => {
    const diagnoses = await doctor(await aScene());

    expect(diagnoses.filter(({ level }) => level !== 'ok' && level !== 'skipped')).toEqual([]);
    expect(new Set(diagnoses.map(({ check }) => check)).size).toBe(ALL_CHECKS.length);
  });

  test('is tried with at least twenty planted faults', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(20);
    expect(FAULTS.filter(({ isMendable }) => isMendable).length).toBeGreaterThan(4);
  });

  test.each(FAULTS)('finds and names $name', async ({ check, found, plant }) => {
    const diagnoses = await doctor(await plant(await aScene()));

    const finding = diagnoses.find((diagnosis) => diagnosis.check === check && found.test(diagnosis.found));
    expect(finding, JSON.stringify(diagnoses.filter(({ level }) => level === 'problem'))).toBeDefined();
    expect(finding).toMatchObject({ level: 'problem', fix: expect.stringMatching(/\w/) });
  });

  test.each(FAULTS)('mends $name, or does not say that it can', async ({ check, found, isMendable, plant }) => {
    const scene = await plant(await aScene());
    const before = await doctor(scene);
    const claimed = before.some((diagnosis) => diagnosis.check === check && diagnosis.repair !== undefined);

    const mended = await doctor(scene, true);

    expect(claimed).toBe(isMendable ?? false);
    const isMended = (diagnosis: (typeof mended)[number]): boolean => diagnosis.isMended === true;
    expect(mended.filter(isMended).some((diagnosis) => found.test(diagnosis.found))).toBe(isMendable ?? false);
    const after = await doctor(scene);
    expect(after.some((diagnosis) => diagnosis.check === check && found.test(diagnosis.found))).toBe(!isMendable);
  });

  test('a repair that fails is told, and the fault stays', async () => {
    const scene = await aScene();
    const driver = { ...aDriver(['nanoclaw-work-1']), stop: () => Promise.reject(new Error('the engine is gone')) };

    const diagnoses = await doctor({ ...scene, driver: async () => driver }, true);

    const orphan = diagnoses.filter(({ check }) => check === 'orphaned sandboxes');
    expect(orphan).toMatchObject([
      { level: 'problem', found: expect.stringContaining('the repair failed: the engine is gone') },
    ]);
    expect(orphan[0]).not.toHaveProperty('isMended');
  });

  test('with mistakes in the settings looks at what does not depend on them', async () => {
    const scene = await aScene();
    write(join(home(), '.env'), '', 0o644);

    const diagnoses = await doctor({ ...scene, settings: { mistakes: 'a mistake' } });

    const levelOf = (name: string) => diagnoses.find(({ check }) => check === name)?.level;
    expect([levelOf('secret files'), levelOf('database'), levelOf('model')]).toEqual(['problem', 'ok', 'skipped']);
  });

  test('offline asks nobody', async () => {
    const scene = await aScene({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' });
    const channels = async () => [{ setup: TELEGRAM, values: {} }];

    const diagnoses = await doctor({ ...scene, channels, isOffline: true });

    expect(diagnoses.filter(({ level }) => level === 'problem')).toEqual([]);
  });

  test('never shows a secret', async () => {
    const scene = await aScene({ ANTHROPIC_BASE_URL: await aModelService(401) });

    expect(JSON.stringify(await doctor(scene))).not.toContain('sk-ant-key-1234');
  });

  test('a token of claude setup-token is told of a month before its year is over', async () => {
    const scene = await aScene({ ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-for-a-year' });
    const expiryAfter = async (days: number) => {
      const now = () => systemClock.now() + days * DAY_MS;
      const diagnoses = await doctor({ ...scene, isOffline: true, now });
      return diagnoses.find(({ check }) => check === 'credential expiry')?.level;
    };

    expect([await expiryAfter(0), await expiryAfter(340), await expiryAfter(360)]).toEqual(['ok', 'note', 'problem']);
  });

  test.skipIf(!canMount())('finds a disk that is nearly full', async () => {
    const disk = mountSmallDisk(50 * 2 ** 20);
    endings.push(disk.remove);
    const scene = await aScene();
    const diagnoses = await doctor({ ...scene, paths: { ...scene.paths, home: disk.directory } });

    expect(diagnoses.find(({ check }) => check === 'disk')).toMatchObject({
      level: 'problem',
      found: expect.stringContaining(disk.directory),
    });
  });
});
