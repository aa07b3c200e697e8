import { expect, it } from 'vitest';
import type { SandboxSpec } from '../spec.ts';
import { APPLE_PATHS, appleRunArguments, socketsOf } from './apple-command-line.ts';

const SOURCE = { image: 'nanoclaw-agent:latest', linesScript: '/opt/app/gateway-lines.mjs' };

const SPEC: SandboxSpec = {
  name: 'nanoclaw-family-1',
  installation: 'home-1',
  groupFolder: 'family',
  runId: 'run-1',
  user: { uid: 501, gid: 20 },
  mounts: [
    { source: '/home/groups/family', target: '/workspace/group', mode: 'read-write' },
    { source: '/home/data/gateway/gateway.sock', target: '/workspace/gateway.sock', mode: 'read-only' },
    { source: '/home/skills', target: '/workspace/skills', mode: 'read-only' },
  ],
  environment: { TZ: 'Europe/Berlin' },
  limits: { memoryBytes: 2 * 2 ** 30, cpus: 1.5, pids: 512, tmpBytes: 2 ** 26 },
};

it('has no network, no capability, a read-only root, an unprivileged user and every limit the program knows', () => {
  const line = appleRunArguments(SPEC, SOURCE).join(' ');

  for (const part of [
    'run --interactive --init --progress none --name nanoclaw-family-1',
    '--label nanoclaw.installation=home-1',
    '--network none --no-dns --read-only --tmpfs /tmp --tmpfs /home/node',
    '--cap-drop ALL --user 501:20 --cpus 2 --memory 2048M --ulimit nproc=512:512',
    '--mount type=bind,source=/home/groups/family,target=/workspace/group',
    '--mount type=bind,source=/home/skills,target=/workspace/skills,readonly',
    '--env TZ=Europe/Berlin',
  ]) {
    expect(line).toContain(part);
  }
});

it('publishes a socket of the sandbox in the place of mounting one of the host', () => {
  const args = appleRunArguments(SPEC, SOURCE);
  const { gateway, published } = socketsOf(SPEC);

  expect(gateway).toBe('/home/data/gateway/gateway.sock');
  expect(published).toMatch(/^\/home\/data\/gateway\/[0-9a-f]{12}\.sock$/);
  expect(args).toContain(`${published}:${APPLE_PATHS.lines}`);
  expect(args.filter((arg) => arg.includes('gateway.sock'))).toEqual([
    'NANOCLAW_GATEWAY_SOCKET=/tmp/nanoclaw-gateway.sock',
    '/tmp/nanoclaw-gateway.sock',
  ]);
});

it("runs the image's own program behind the lines", () => {
  expect(appleRunArguments(SPEC, SOURCE).slice(-8)).toEqual([
    ...['--entrypoint', 'node', 'nanoclaw-agent:latest'],
    ...[APPLE_PATHS.script, APPLE_PATHS.lines, APPLE_PATHS.gateway, 'node', '/app/runner.mjs'],
  ]);
});

it('is never made for root, nor without a way to the gateway', () => {
  expect(() => appleRunArguments({ ...SPEC, user: { uid: 0, gid: 0 } }, SOURCE)).toThrow('never runs as root');
  expect(() => appleRunArguments({ ...SPEC, mounts: [] }, SOURCE)).toThrow('a way to the gateway');
});
