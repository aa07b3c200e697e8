import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'vitest';
import { withFreeProbe } from '../probe-session.ts';
import type { CheckContext } from '../sandbox-conformance.ts';

/** There is no network: not the internet, not the host, not the addresses that clouds answer on. */
export function networkChecks({ check }: CheckContext): void {
  check('there is no network interface but the loopback, and no route', async (bench) => {
    const { probe } = bench.start();

    expect(await probe.value('interfaces')).toEqual(['lo']);
    const routes = await probe.value<string>('read', { path: '/proc/net/route' });
    expect(routes.trim().split('\n')).toHaveLength(1);
  });

  check('the loopback inside works and is not the loopback of the host', async (bench) => {
    const { probe } = bench.start();
    const server = await listen('127.0.0.1');
    const target = { host: '127.0.0.1', port: portOf(server) };

    const fromHost = await withFreeProbe((free) => free.ask('connect', target));
    const fromSandbox = await probe.ask('connect', target);

    server.close();
    expect(await probe.value('loopback', { text: 'to myself' })).toBe('to myself');
    expect(fromHost.ok).toBe(true);
    expect(fromSandbox).toMatchObject({ ok: false, refusal: { code: 'ECONNREFUSED' } });
  });

  check('no address of the host can be reached', async (bench, context) => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address);
    if (addresses.length === 0) return context.skip('the host has no address but its loopback');
    const { probe } = bench.start();
    const server = await listen('0.0.0.0');

    for (const host of addresses) {
      const target = { host, port: portOf(server) };
      expect((await withFreeProbe((free) => free.ask('connect', target))).ok).toBe(true);
      expect(await probe.ask('connect', target), host).toMatchObject({ ok: false });
    }

    server.close();
  });

  check('addresses of the internet and of cloud metadata are unreachable at once', async (bench) => {
    const { probe } = bench.start();

    for (const host of ['169.254.169.254', '1.1.1.1', '10.0.0.1', '172.17.0.1']) {
      expect(await probe.ask('connect', { host, port: 80 }), host).toMatchObject({
        ok: false,
        refusal: { code: 'ENETUNREACH' },
      });
    }
  });

  check('names do not resolve', async (bench) => {
    const { probe } = bench.start();

    expect(await probe.ask('lookup', { name: 'example.com' })).toMatchObject({ ok: false });
    expect(await probe.value('lookup', { name: 'localhost' })).toMatch(/^(127\.0\.0\.1|::1)$/);
  });
}

async function listen(host: string): Promise<Server> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return address.port;
}
