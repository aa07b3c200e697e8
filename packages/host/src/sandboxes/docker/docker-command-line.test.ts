import { describe, expect, it } from 'vitest';
import type { SandboxSpec } from '../spec.ts';
import { dockerRunArguments } from './docker-command-line.ts';

const FROM = { image: 'nanoclaw-agent:latest', systemCallFilter: '/opt/nanoclaw/container/seccomp.json' };

describe('the docker command line', () => {
  it('is the boundary: no network, read-only root, no privileges, limits, an unprivileged user', () => {
    const args = dockerRunArguments(aSpec({}), FROM);

    expect(args.join(' ')).toBe(
      [
        'run --interactive --init --name nanoclaw-family-1',
        '--label nanoclaw.installation=home-1 --label nanoclaw.group=family --label nanoclaw.run=run-1',
        '--network none --hostname nanoclaw',
        '--read-only --tmpfs /tmp:rw,exec,nosuid,nodev,size=1048576,mode=1777',
        '--tmpfs /home/node:rw,exec,nosuid,nodev,size=1048576,mode=0700,uid=1234,gid=1235 --shm-size 1048576',
        '--cap-drop ALL --security-opt no-new-privileges',
        '--security-opt seccomp=/opt/nanoclaw/container/seccomp.json --user 1234:1235',
        '--memory 1000000 --memory-swap 1000000 --cpus 1.5 --pids-limit 100',
        '--ulimit nofile=16384:16384 --ulimit core=0:0 --log-driver none --pull never --workdir /workspace/group',
        '--env TZ=UTC --mount type=bind,source=/home/ann/groups/family,target=/workspace/group',
        '--mount type=bind,source=/home/ann/groups/global,target=/workspace/global,readonly nanoclaw-agent:latest',
      ].join(' '),
    );
  });

  it('ends with the image and gives it no command of ours, so that any image keeps its entry point', () => {
    const args = dockerRunArguments(aSpec({}), FROM);

    expect(args.at(-1)).toBe('nanoclaw-agent:latest');
    expect(args).not.toContain('--entrypoint');
  });

  it('never gives an environment variable without a value, which would take the one of the host', () => {
    const args = dockerRunArguments(aSpec({ environment: { EMPTY: '', SPACED: 'a b', EQUALS: 'a=b' } }), FROM);

    expect(valuesOf(args, '--env')).toEqual(['EMPTY=', 'SPACED=a b', 'EQUALS=a=b']);
    expect(() => dockerRunArguments(aSpec({ environment: { 'A=B': '' } }), FROM)).toThrow('environment variable');
    expect(() => dockerRunArguments(aSpec({ environment: { '': '' } }), FROM)).toThrow('environment variable');
  });

  it.each([
    { uid: 0, gid: 1000 },
    { uid: 1000, gid: 0 },
  ])('refuses to run as root: $uid:$gid', (user) => {
    expect(() => dockerRunArguments(aSpec({ user }), FROM)).toThrow('never runs as root');
  });
});

function aSpec(changes: Partial<SandboxSpec>): SandboxSpec {
  return {
    name: 'nanoclaw-family-1',
    installation: 'home-1',
    groupFolder: 'family',
    runId: 'run-1',
    user: { uid: 1234, gid: 1235 },
    mounts: [
      { source: '/home/ann/groups/family', target: '/workspace/group', mode: 'read-write' },
      { source: '/home/ann/groups/global', target: '/workspace/global', mode: 'read-only' },
    ],
    environment: { TZ: 'UTC' },
    limits: { memoryBytes: 1_000_000, cpus: 1.5, pids: 100, tmpBytes: 1_048_576 },
    ...changes,
  };
}

function valuesOf(args: readonly string[], option: string): string[] {
  return args.filter((_, index) => args[index - 1] === option);
}
