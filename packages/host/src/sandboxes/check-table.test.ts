import { expect, test } from 'vitest';
import type { CheckFacts, CheckScene } from './check-facts.ts';
import { judgeSandbox } from './check-table.ts';

const scene: CheckScene = {
  write: ['/etc'],
  workPlaces: ['/tmp'],
  read: ['/host'],
  connect: [{ host: '10.0.0.1', port: 80 }],
  names: ['example.com'],
  run: [['mount', 'x']],
  forbidden: ['localhost:1'],
  socket: '/workspace/gateway.sock',
  token: 't',
  tmpBytes: 100,
  pids: 10,
  memoryBytes: 1_000,
  user: { uid: 1_000, gid: 1_000 },
  writtenBy: { uid: 1_000, gid: 1_000 },
  namespaces: { pid: 'pid:[1]', mnt: 'mnt:[1]', net: 'net:[1]', ipc: 'ipc:[1]', uts: 'uts:[1]' },
  secrets: ['sk-key'],
  hostEnvironment: ['NAME=value'],
  hasOwnKernel: false,
};
const capabilities = Object.fromEntries(
  ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => [`Cap${set}`, '0000000000000000']),
);
const good: CheckFacts = {
  status: {
    Uid: '1000\t1000\t1000\t1000',
    Gid: '1000\t1000\t1000\t1000',
    Groups: '',
    NoNewPrivs: '1',
    Seccomp: '2',
    ...capabilities,
  },
  namespaces: { pid: 'pid:[2]', mnt: 'mnt:[2]', net: 'net:[2]', ipc: 'ipc:[2]', uts: 'uts:[2]' },
  mounts: [{ target: '/', options: ['ro'], type: 'overlay' }],
  environment: { NAME: 'other' },
  environmentOfFirst: [],
  devices: ['null', 'tty'],
  interfaces: ['lo'],
  writes: { '/etc': 'EROFS', '/tmp': 'done' },
  reads: { '/host': 'ENOENT' },
  connections: { '10.0.0.1:80': 'ENETUNREACH' },
  names: { 'example.com': 'EAI_AGAIN' },
  gateway: { stranger: 401, forged: 401, otherPath: 403, strangerTunnel: 407, tunnels: { 'localhost:1': 403 } },
  programs: { 'mount x': 1 },
  terminal: 'ENXIO',
  filled: 100,
  swarm: 10,
  hog: 'SIGKILL',
};
const failed = (facts: Partial<CheckFacts>, changed: Partial<CheckScene> = {}): string[] =>
  judgeSandbox({ ...good, ...facts }, { ...scene, ...changed })
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);

test('a sandbox that holds passes', () => {
  expect(failed({})).toEqual([]);
});

test('in a virtual machine the filter of system calls holds nothing back, and everything else counts', () => {
  const status = { ...good.status, NoNewPrivs: '0', Seccomp: '0' };

  expect(failed({ status, filled: 1_000 }, { hasOwnKernel: true })).toEqual([]);
  expect(failed({ status, interfaces: ['lo', 'eth0'], filled: 0 }, { hasOwnKernel: true })).toEqual([
    'interfaces',
    'limit-tmp',
  ]);
});

test('what was not tried, or could not be seen, is not ok', () => {
  const nothing = {
    status: {},
    namespaces: {},
    mounts: [],
    devices: [],
    writes: {},
    reads: {},
    connections: {},
    names: {},
    programs: {},
  };
  const ids = failed({ ...nothing, filled: 0, swarm: 0, hog: 'EAGAIN' }, { writtenBy: undefined });
  for (const id of [
    'user',
    'user-ids',
    'group-ids',
    'capabilities-bnd',
    'no-new-privileges',
    'namespace-net',
    'devices',
  ]) {
    expect(ids).toContain(id);
  }
  for (const id of [
    'root-read-only',
    'write-/etc',
    'work-/tmp',
    'read-/host',
    'connect-10.0.0.1',
    'name-example.com',
  ]) {
    expect(ids).toContain(id);
  }
  for (const id of ['program-mount-x', 'limit-tmp', 'limit-processes', 'limit-memory']) expect(ids).toContain(id);
});

test.each<[string, Partial<CheckFacts>]>([
  ['connect-10.0.0.1', { connections: { '10.0.0.1:80': 'connected' } }],
  ['gateway-tunnel-localhost:1', { gateway: { ...good.gateway, tunnels: { 'localhost:1': 200 } } }],
  ['devices', { devices: ['null', 'sda'] }],
  ['interfaces', { interfaces: ['lo', 'eth0'] }],
  ['terminal', { terminal: 'done' }],
  ['limit-processes', { swarm: 11 }],
  ['limit-memory', { hog: 0 }],
  ['environment', { environment: { NAME: 'value' } }],
  ['environment', { environment: { OTHER: 'has sk-key in it' } }],
  ['environment-of-first', { environmentOfFirst: ['A=sk-key'] }],
  ['mounts', { mounts: [...good.mounts, { target: '/mnt', options: ['rw'], type: 'ext4' }] }],
])('%s is told', (id, facts) => {
  expect(failed(facts)).toEqual([id]);
});

test('what leaks is told by its name only', () => {
  expect(JSON.stringify(judgeSandbox({ ...good, environment: { KEY: 'sk-key' } }, scene))).not.toContain('sk-key');
});
