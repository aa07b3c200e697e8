import { describe, expect, it } from 'vitest';
import type { EngineAnswer } from '../engine/engine-client.ts';
import { SHARED_VERBS } from '../engine/engine-verbs.ts';
import type { SandboxSpec } from '../spec.ts';
import { abilitiesOf } from './podman-abilities.ts';
import { podmanRunCommand } from './podman-command-line.ts';
import { createPodmanDialect } from './podman-dialect.ts';
import { listArguments, parseList } from './podman-list.ts';

const done = (value: unknown): EngineAnswer => ({ kind: 'done', stdout: JSON.stringify(value) });
const HOST = {
  cgroupControllers: ['cpu', 'memory', 'pids'],
  security: { rootless: false },
  idMappings: { uidmap: null },
};
const TWO_MAPPINGS = { uidmap: [{ size: 1 }, { size: 65_536 }] };
const info = (changes: object) => done({ host: { ...HOST, ...changes }, version: { Version: '4.3.1' } });

describe('whether podman can be used', () => {
  it.each([
    ['root', {}, 'Podman 4.3.1'],
    [
      'a user with a share of the limits',
      { security: { rootless: true }, idMappings: TWO_MAPPINGS },
      'Podman 4.3.1, rootless',
    ],
    [
      'a user without',
      { security: { rootless: true }, idMappings: TWO_MAPPINGS, cgroupControllers: [] },
      'Podman 4.3.1, rootless; no limit for the whole on memory, pids, cpus',
    ],
  ])('is yes for %s', (_, changes, detail) => {
    expect(abilitiesOf(info(changes)).availability).toEqual({ ok: true, detail });
  });

  it.each<[string, EngineAnswer, string]>([
    ['there is no podman', { kind: 'missing' }, 'sudo apt-get install -y podman'],
    ['it hangs', { kind: 'timed-out' }, 'podman info'],
    ['it refuses', { kind: 'refused', code: 125, stderr: 'Error: no store' }, 'podman info'],
    ['something else is called podman', { kind: 'done', stdout: 'hello' }, 'sudo apt-get install -y podman'],
    ['containers run on another machine', info({ serviceIsRemote: true }), 'unset CONTAINER_HOST'],
    [
      'a user has no ids to give away',
      info({ security: { rootless: true }, idMappings: { uidmap: [{ size: 1 }] } }),
      'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
    ],
  ])('is no with one command when %s', (_, answer, remedy) => {
    expect(abilitiesOf(answer).availability).toMatchObject({ ok: false, remedy });
  });
});

describe('the podman command line', () => {
  const FROM = { image: 'nanoclaw-agent:latest', systemCallFilter: '/f.json' };
  const ALL = { memory: true, pids: true, cpus: true };

  it('is the boundary, as with docker, and takes away what podman adds', () => {
    const { launcher, args } = podmanRunCommand(aSpec(), FROM, { isRootless: false, limits: ALL });

    expect(launcher).toEqual([]);
    expect(args.join(' ')).toBe(
      [
        'run --interactive --init --name nanoclaw-family-1',
        '--label nanoclaw.installation=home-1 --label nanoclaw.group=family --label nanoclaw.run=run-1',
        '--network none --hostname nanoclaw --read-only --read-only-tmpfs=false --stop-timeout 0 --unsetenv TERM',
        '--passwd-entry node:x:1234:1235::/home/node:/bin/bash',
        '--tmpfs /tmp:rw,exec,nosuid,nodev,size=1048576,mode=1777',
        '--tmpfs /home/node:rw,exec,nosuid,nodev,size=1048576,mode=0777,notmpcopyup --shm-size 1048576',
        '--cap-drop ALL --security-opt no-new-privileges --security-opt seccomp=/f.json --user 1234:1235',
        '--memory 1000000 --memory-swap 1000000 --cpus 1.5 --pids-limit 100 --ulimit nproc=32768:32768',
        '--ulimit nofile=16384:16384 --ulimit core=0:0 --log-driver none --pull never --workdir /workspace/group',
        '--env TZ=UTC nanoclaw-agent:latest',
      ].join(' '),
    );
  });

  it('keeps the ids of a rootless host', () => {
    expect(podmanRunCommand(aSpec(), FROM, { isRootless: true, limits: ALL }).args.join(' ')).toContain(
      '--userns keep-id',
    );
  });

  it('bounds each process where the kernel lets the user bound no group of them', () => {
    const limits = { memory: false, pids: false, cpus: false };
    const { launcher, args } = podmanRunCommand(aSpec(), FROM, { isRootless: true, limits });

    expect(launcher).toEqual(['nice', '-n', '10']);
    expect(args.join(' ')).toContain('--ulimit data=1000000:1000000 --ulimit nproc=100:100');
    for (const flag of ['--memory', '--cpus', '--pids-limit']) expect(args).not.toContain(flag);
  });

  it('is asked for once; later it is enough that podman is there', () => {
    const dialect = createPodmanDialect();
    expect(dialect.availabilityArguments[0]).toBe('info');
    expect(dialect.availabilityOf({ kind: 'missing' })).toMatchObject({ ok: false });
    expect(dialect.availabilityArguments[0]).toBe('info');
    const first = dialect.availabilityOf(info({}));

    expect(dialect.availabilityArguments[0]).toBe('version');
    expect(dialect.availabilityOf({ kind: 'done', stdout: '4.3.1' })).toEqual(first);
    expect(dialect.availabilityOf({ kind: 'missing' })).toMatchObject({ ok: false });
    expect(dialect.availabilityArguments[0]).toBe('info');
  });

  it('is not made up before podman has said what it can do', () => {
    const dialect = createPodmanDialect();

    expect(() => dialect.runCommand(aSpec(), FROM)).toThrow('podman info');
    dialect.availabilityOf(info({}));
    expect(dialect.runCommand(aSpec(), FROM).args).toContain('--pids-limit');
  });
});

describe('the list of sandboxes', () => {
  it('asks for this installation alone and is read with group, run and time', () => {
    const Labels = { 'nanoclaw.group': 'family', 'nanoclaw.run': 'run-1' };
    const listed = [
      { Names: ['a'], Labels, Created: 1_772_699_400 },
      { Names: ['b'], Labels: null },
    ];

    expect(listArguments('home-1')).toContain('label=nanoclaw.installation=home-1');
    expect(parseList(JSON.stringify(listed))).toEqual([
      { name: 'a', groupFolder: 'family', runId: 'run-1', startedAtMs: 1_772_699_400_000 },
      { name: 'b', groupFolder: '', runId: '' },
    ]);
    for (const nothing of ['', '[]', 'null']) expect(parseList(nothing)).toEqual([]);
  });
});

function aSpec(): SandboxSpec {
  return {
    name: 'nanoclaw-family-1',
    installation: 'home-1',
    groupFolder: 'family',
    runId: 'run-1',
    user: { uid: 1234, gid: 1235 },
    mounts: [],
    environment: { TZ: 'UTC' },
    limits: { memoryBytes: 1_000_000, cpus: 1.5, pids: 100, tmpBytes: 1_048_576 },
  };
}

it('tells of an image in a list of one', () => {
  const stdout = JSON.stringify([{ Config: { Labels: { 'nanoclaw.build': 'abc' } }, Size: 7 }]);

  expect(SHARED_VERBS.labelsIn(stdout)).toEqual({ 'nanoclaw.build': 'abc' });
  expect(SHARED_VERBS.bytesIn(stdout)).toBe(7);
});
