import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { createAppleClient, createAppleDriver } from '@nanoclaw/host/sandboxes/apple/apple-driver.js';
import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import type { SandboxSpec } from '@nanoclaw/host/sandboxes/spec.js';
import { aGateway, type GatewayUnderTest, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** In the runner's place: asks the gateway several times at once and prints what it was answered. */
const ASKING = `
const { request } = require('node:http');
const token = process.env.TOKEN;
const ask = () => new Promise((resolve) => {
  const headers = { 'x-api-key': token, 'content-type': 'application/json' };
  const asked = request({ socketPath: process.env.NANOCLAW_GATEWAY_SOCKET, method: 'POST', path: '/v1/messages', headers });
  asked.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
  asked.on('error', (error) => resolve(error.code)).end('{}');
});
Promise.all(Array.from({ length: 12 }, ask)).then((answers) => process.stdout.write(JSON.stringify(answers)));
`;

let state: string;
let gateway: GatewayUnderTest;
let driver: SandboxDriver;

function createDriver(installation = 'home-1', path = `${join(state, 'bin')}:${process.env['PATH']}`): SandboxDriver {
  const environment = { PATH: path, CONTAINER_STATE: state };
  const linesScript = here('../../packages/host/inside/gateway-lines.mjs');
  return createAppleDriver({
    client: createAppleClient({ installation, linesScript, environment }),
    clock: systemClock,
    installation,
    image: 'test-image',
    expectedBuild: async () => 'build-1',
  });
}

function aSpec(program: string, changes: Partial<SandboxSpec> = {}): SandboxSpec {
  const runner = join(state, 'runner.cjs');
  writeFileSync(runner, program);
  return {
    name: `nanoclaw-check-${readdirSync(state).length}`,
    installation: 'home-1',
    groupFolder: 'family',
    runId: 'run-1',
    user: { uid: 60_600, gid: 60_600 },
    mounts: [
      { source: gateway.socketPath, target: '/workspace/gateway.sock', mode: 'read-only' },
      { source: runner, target: '/app/runner.mjs', mode: 'read-only' },
    ],
    environment: { TOKEN: gateway.token },
    limits: { memoryBytes: 2 ** 30, cpus: 1.5, pids: 128, tmpBytes: 2 ** 26 },
    ...changes,
  };
}

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'nanoclaw-apple-'));
  mkdirSync(join(state, 'bin'));
  symlinkSync(here('container-program.mjs'), join(state, 'bin', 'container'));
  chmodSync(here('container-program.mjs'), 0o755);
  gateway = await aGateway();
  driver = createDriver();
});

afterEach(async () => {
  for (const { name } of await driver.list()) await driver.stop(name);
  await gateway.end();
  rmSync(state, { recursive: true, force: true });
});

it('can be used when its services run, and says how to start them, or how to get it', async () => {
  expect(await driver.available()).toMatchObject({ ok: true });

  writeFileSync(join(state, 'stopped'), '');
  expect(await driver.available()).toMatchObject({ ok: false, remedy: 'container system start', mayPass: true });

  const elsewhere = createDriver('home-1', '/nowhere');
  expect(await elsewhere.available()).toMatchObject({ ok: false, remedy: 'brew install container' });
});

it('knows whose image it is, and of which build', async () => {
  expect(await driver.image()).toMatchObject({ phase: 'missing' });

  writeFileSync(join(state, 'image-labels'), JSON.stringify({ 'nanoclaw.build': 'build-1' }));
  expect(await driver.image()).toEqual({ phase: 'ready' });

  writeFileSync(join(state, 'image-labels'), JSON.stringify({ 'nanoclaw.build': 'build-0' }));
  expect(await driver.image()).toMatchObject({ phase: 'outdated' });
});

it('reaches the gateway with as many requests as are made at once, and leaves no socket behind', async () => {
  const sandbox = driver.start(aSpec(ASKING));
  sandbox.stdin.end();

  expect(JSON.parse(await text(sandbox.stdout))).toEqual(Array.from({ length: 12 }, () => 200));
  expect(await sandbox.exited).toEqual({ kind: 'exited', code: 0 });
  expect(gateway.seen).toHaveLength(12);
  expect(readdirSync(dirname(gateway.socketPath))).toEqual(['gateway.sock']);
});

it('turns away inside who has no token of a run', async () => {
  const sandbox = driver.start(aSpec(ASKING, { environment: { TOKEN: 'made-up' } }));
  sandbox.stdin.end();

  expect(JSON.parse(await text(sandbox.stdout))).toEqual(Array.from({ length: 12 }, () => 401));
});

it('hands over input and the code of the end, and stops what does not end', async () => {
  const echo = driver.start(aSpec('process.stdin.pipe(process.stdout).on("close", () => 0); process.exitCode = 3;'));
  echo.stdin.end('hello');
  expect(await text(echo.stdout)).toBe('hello');
  expect(await echo.exited).toEqual({ kind: 'exited', code: 3 });

  const endless = driver.start(aSpec('setInterval(() => 0, 1000)'));
  const [listed] = await until('it is listed', async () => {
    const all = await driver.list();
    return all.length > 0 && all;
  });
  expect(listed).toMatchObject({ groupFolder: 'family', runId: 'run-1' });
  expect(await createDriver('home-2').list()).toEqual([]);
  await endless.stop();
  expect(await endless.exited).toMatchObject({ kind: 'killed' });
  expect(await driver.list()).toEqual([]);
});

it('is never started with an image that is not there', async () => {
  const nothing = createAppleDriver({
    client: createAppleClient({
      installation: 'home-1',
      linesScript: here('../../packages/host/inside/gateway-lines.mjs'),
      environment: { PATH: `${join(state, 'bin')}:${process.env['PATH']}`, CONTAINER_STATE: state },
    }),
    clock: systemClock,
    installation: 'home-1',
    image: 'another',
    expectedBuild: async () => undefined,
  });

  const sandbox = nothing.start(aSpec(''));

  expect(await sandbox.exited).toMatchObject({ kind: 'exited', code: 1 });
  expect(await text(sandbox.stderr)).toContain('image not found');
});
