import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CheckContext } from '../sandbox-conformance.ts';
import { until } from '../until.ts';
import { type Bench, hostProcesses, INSIDE, markedDuration } from './bench.ts';
import { sameNamespace, statusOf, statusText } from './host-view.ts';

/** Who the sandbox is, what it sees, and what it may write. */
export function boundaryChecks(context: CheckContext): void {
  identityChecks(context);
  readingChecks(context);
  writingChecks(context);
}

function identityChecks({ check }: CheckContext): void {
  check('every process inside is, as the host sees it, the user of the spec and not root', async (bench, context) => {
    const { probe } = bench.start();
    const seconds = markedDuration();
    await probe.value('linger', { seconds });
    await until('the lingering processes run', () => hostProcesses(seconds).length === 2);

    const processes = sameNamespace(hostProcesses(seconds)[0] ?? 0);
    if (processes === undefined) return context.skip('this user may not look into the namespaces of the sandbox');

    // A process that has ended between the listing and the look is no process inside any more.
    const statuses = processes.flatMap((pid) => statusText(pid) ?? []).map(statusOf);
    expect(statuses.length).toBeGreaterThanOrEqual(3);
    for (const status of statuses) {
      expect(status['Uid']).toBe(Array(4).fill(bench.user.uid).join(' '));
      expect(status['Gid']).toBe(Array(4).fill(bench.user.gid).join(' '));
      expect(status['CapPrm']).toMatch(/^0+$/);
    }
  });

  check('there are no capabilities, no new privileges and a system call filter, in every process', async (bench) => {
    const { probe } = bench.start();

    for (const pid of ['1', 'self']) {
      const status = statusOf(await probe.value<string>('read', { path: `/proc/${pid}/status` }));
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(status[set], set).toMatch(/^0+$/);
      expect(status['NoNewPrivs']).toBe('1');
      expect(status['Seccomp']).toBe('2');
    }
  });

  check('the user has a name and a home', async (bench) => {
    const { probe } = bench.start();

    const name = await probe.value<{ stdout: string }>('run', { argv: ['sh', '-c', 'id -un; cd && pwd'] });

    expect(name.stdout).toBe('node\n/home/node\n');
  });
}

function readingChecks({ check }: CheckContext): void {
  check('processes of the host are not to be seen', async (bench) => {
    const { probe } = bench.start();

    const processes = await probe.value<{ pid: number }[]>('processes');

    expect(processes.length).toBeGreaterThan(0);
    expect(processes.length).toBeLessThan(10);
    expect(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length).toBeGreaterThan(processes.length);
  });

  check('files of the host that are not mounted are not to be read', async (bench) => {
    const { probe } = bench.start();
    const secret = join(bench.folder, 'secret.txt');

    expect(readFileSync(secret, 'utf8')).toBe('not for sandboxes\n');
    for (const path of [secret, join(homedir(), '.profile'), '/etc/shadow', '/root/.profile', import.meta.filename]) {
      expect(await probe.ask('read', { path }), path).toMatchObject({ ok: false });
    }
    expect(await probe.value('read', { path: `${INSIDE.readOnly}/note.txt` })).toBe('a note for everybody\n');
  });

  check('no open file of the host comes along', async (bench) => {
    const { probe } = bench.start();

    const open = await probe.value<{ stdout: string }>('run', { argv: ['sh', '-c', 'ls -l /proc/1/fd /proc/self/fd'] });

    const targets = [...open.stdout.matchAll(/-> (.*)$/gm)].map((match) => match[1] ?? '');
    expect(targets.length).toBeGreaterThanOrEqual(6);
    expect(targets.filter((target) => !/^((pipe|socket|anon_inode):|\/dev\/null$|\/proc\/)/.test(target))).toEqual([]);
  });

  for (const path of ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/sched_debug']) {
    check(`${path} gives nothing away`, async (bench) => {
      const { probe } = bench.start();

      const answer = await probe.value<{ stdout: string }>('run', {
        argv: ['sh', '-c', `head -c 64 ${path} 2>/dev/null`],
      });

      expect(answer.stdout).toBe('');
    });
  }

  check('there are no devices but the harmless ones', async (bench) => {
    const { probe } = bench.start();
    const harmless = /^(null|zero|full|random|urandom|tty|console|core|fd|stdin|stdout|stderr|pts|ptmx|shm|mqueue)$/;

    const devices = await probe.value<string[]>('list', { path: '/dev' });

    expect(devices).toContain('null');
    expect(devices.filter((name) => !harmless.test(name))).toEqual([]);
  });
}

function writingChecks({ check }: CheckContext): void {
  const closed = [
    '/',
    '/usr',
    '/usr/local/bin',
    '/etc',
    '/app',
    '/var',
    '/run',
    '/dev',
    '/home',
    '/workspace',
    '/proc',
    '/sys',
  ];
  for (const path of closed) {
    check(`nothing can be written to ${path}`, async (bench) => {
      const { probe } = bench.start();

      const answer = await probe.ask('write', { path: join(path, 'nanoclaw-check'), text: 'x' });

      expect(answer).toMatchObject({ ok: false });
      expect((await probe.ask('write', { path: '/tmp/nanoclaw-check', text: 'x' })).ok).toBe(true);
    });
  }

  for (const path of [
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/kernel/hostname',
    '/proc/sysrq-trigger',
    '/app/runner.mjs',
    '/app/node',
    '/etc/passwd',
  ]) {
    check(`the file ${path} cannot be opened for writing`, async (bench) => {
      const { probe } = bench.start();

      // Opened for appending and closed again: even where it is possible, nothing is changed.
      const answer = await probe.value<{ code: number }>('run', { argv: ['sh', '-c', `: >> ${path}`] });

      expect(answer.code).not.toBe(0);
    });
  }

  check('the root and the kernel settings are mounted read-only, whoever the user is', async (bench) => {
    const { probe } = bench.start();

    const mounts = (await probe.value<string>('read', { path: '/proc/self/mounts' }))
      .split('\n')
      .map((line) => line.split(' '));

    for (const path of ['/', '/proc/sys', INSIDE.readOnly]) {
      const options = mounts.findLast(([, target]) => target === path)?.[3]?.split(',');
      expect(options, path).toContain('ro');
    }
  });

  check('the temporary folder and the home can be written', async (bench) => {
    const { probe } = bench.start();

    for (const path of ['/tmp/file', '/home/node/file']) {
      await probe.value('write', { path, text: 'mine' });
      expect(await probe.value('read', { path })).toBe('mine');
    }
  });

  check('a read-only mount can be read and not written', async (bench) => {
    const { probe } = bench.start();

    const answer = await probe.ask('write', { path: `${INSIDE.readOnly}/note.txt`, text: 'changed' });

    expect(answer).toMatchObject({ ok: false, refusal: { code: 'EROFS' } });
    expect(await probe.value('read', { path: `${INSIDE.readOnly}/note.txt` })).toBe('a note for everybody\n');
  });

  check('a read-write mount can be written, and its files belong to the user of the spec', async (bench) => {
    const { probe } = bench.start();

    await probe.value('write', { path: `${INSIDE.readWrite}/from-inside.txt`, text: 'hello' });

    const file = join(bench.folder, 'read-write', 'from-inside.txt');
    expect(readFileSync(file, 'utf8')).toBe('hello');
    expect(statSync(file).uid).toBe(bench.user.uid);
  });

  check('a mounted Unix socket connects to the host', async (bench) => {
    const server = createServer((socket) => socket.pipe(socket));
    const source = join(bench.folder, 'gateway.sock');
    await new Promise<void>((resolve) =>
      server.listen({ path: source, writableAll: true, readableAll: true }, resolve),
    );
    const mounts = [...bench.spec().mounts, { source, target: '/workspace/gateway.sock', mode: 'read-only' as const }];

    const answer = await askAndStop(bench, mounts);

    server.close();
    expect(answer).toBe('over the wall');
  });
}

async function askAndStop(bench: Bench, mounts: ReturnType<Bench['spec']>['mounts']): Promise<string> {
  const { probe, running } = bench.start({ mounts });
  const answer = await probe.value<string>('unixEcho', { path: '/workspace/gateway.sock', text: 'over the wall' });
  await running.stop();
  return answer;
}
