import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPublicAddress } from '@nanoclaw/host/gateway/public-address.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlRequest } from '../e2e/control-request.ts';
import { aScene, attackedEngines, outsideOfSandbox, type Scene } from './scene.ts';

/* An agent tries to reach what is on the host and around it. */

const ALL = await attackedEngines();

/** Names of the attacker's own that lead where no agent may go; asked again, one of them leads elsewhere. */
const NAMES: Record<string, string[]> = {
  'loopback.test': ['127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'private.test': ['10.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
};
let rebound = 0;
async function resolve(host: string) {
  if (host === 'rebinding.test') {
    rebound += 1;
    return [{ address: rebound === 1 ? '93.184.215.14' : '127.0.0.1', family: 4 }];
  }
  return (NAMES[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

describe.each(ALL)('reaching out of $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('with everything an agent has', () => {
    let scene: Scene;
    let server: Server;
    let port: number;
    beforeAll(async () => {
      await engine.prepare?.();
      server = createServer((_, response) => response.end('REACHED'));
      await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
      port = (server.address() as AddressInfo).port;
      scene = await aScene(engine, { dial: { resolve } });
    });
    afterAll(async () => {
      await scene?.end();
      server?.close();
      server?.closeAllConnections();
    });
    const addresses = (): string[] =>
      Object.values(networkInterfaces()).flatMap((all) =>
        (all ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
      );

    test('the host by its loopback, by each of its addresses, and its abstract sockets', async () => {
      const script = (of: readonly string[]): string =>
        `for a in ${of.join(' ')}; do curl -sS -m 4 --noproxy '*' http://$a:${port}/ || echo " no way to $a"; done`;
      const targets = [...new Set(['127.0.0.1', 'localhost', ...addresses()])];

      expect((await outsideOfSandbox(script(targets))).match(/REACHED/g)).toHaveLength(targets.length);
      const found = await scene.inside(script(targets));
      expect(found).not.toContain('REACHED');
      expect(found.match(/no way to/g)).toHaveLength(targets.length);
    });

    test('the same, metadata services and private networks by the proxy, by address or by a name that leads there', async () => {
      await openTo('open');
      const targets = [
        ...[
          `127.0.0.1:${port}`,
          `localhost:${port}`,
          `[::1]:${port}`,
          `0.0.0.0:${port}`,
          `2130706433:${port}`,
          `0x7f.1:${port}`,
        ],
        ...['169.254.169.254', '[fd00:ec2::254]', '10.0.0.1', '100.64.0.1', 'metadata.google.internal'],
        ...Object.keys(NAMES).map((name) => `${name}:${port}`),
        ...addresses().map((address) => `${address}:${port}`),
      ];
      const script = `for t in ${targets.join(' ')}; do for way in --proxytunnel --no-proxytunnel; do curl -sS -m 6 --noproxy '' $way "http://$t/" | head -c 300; done; done`;
      const found = await scene.inside(script);

      expect(found).not.toContain('REACHED');
      const refused = scene.recorded('egress').filter(({ group }) => group === 'mallory');
      expect(refused.length).toBeGreaterThanOrEqual(targets.length);
      for (const entry of refused) expect(entry['outcome']).toHaveProperty('refused');
    });

    test('a name that is public when it is judged and the loopback afterwards', async () => {
      await openTo('open');
      rebound = 0;
      const found = await scene.inside(`curl -sS -m 8 http://rebinding.test:${port}/`);
      expect(found).not.toContain('REACHED');
      // One look-up for the one wish: the second answer was never asked for.
      expect(rebound).toBe(1);
      // Whoever judges one answer and dials the next one is led in.
      rebound = 0;
      const [judged] = await resolve('rebinding.test');
      const [dialled] = await resolve('rebinding.test');
      expect(isPublicAddress(judged?.address ?? '')).toBe(true);
      expect(await outsideOfSandbox(`curl -s http://${dialled?.address}:${port}/`)).toContain('REACHED');
    });

    test('all of that leads in where addresses are not judged, so that these attacks are real', async () => {
      const weak = await aScene(engine, { dial: { resolve, isAllowed: () => true } });
      const targets = [
        `127.0.0.1:${port}`,
        `loopback.test:${port}`,
        `mapped.test:${port}`,
        ...addresses().map((address) => `${address}:${port}`),
      ];
      const script = `for t in ${targets.join(' ')}; do curl -sS -m 6 --noproxy '' "http://$t/"; echo; done`;
      const found = await weak.inside(script, 'local:main');
      await weak.end();
      expect(found.match(/REACHED/g)).toHaveLength(targets.length);
    });

    test('another sandbox that listens', async () => {
      const listen = `/app/node -e 'require("http").createServer((_, r) => r.end("REACHED")).listen(8099, "0.0.0.0")' & sleep 1; curl -s http://127.0.0.1:8099/; ip -o -4 addr 2>/dev/null; sleep 12`;
      const listening = scene.inside(listen, scene.victim);
      const found = await scene.inside(
        'for n in 1 2 3 4; do for a in 127.0.0.1 172.17.0.2 172.17.0.3 10.88.0.2 10.88.0.3; do curl -s -m 1 --noproxy "*" http://$a:8099/; done; sleep 1; done; echo tried',
      );
      expect(found).toContain('tried');
      expect(found).not.toContain('REACHED');
      expect(await listening).toContain('REACHED');
    });

    test('engine and session sockets of the host, other address families, and processes outside', async () => {
      const script = [
        'for s in /var/run/docker.sock /run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock /run/dbus/system_bus_socket; do [ -S $s ] && echo "FOUND $s"; done',
        `python3 -c 'import socket; s = socket.socket(40, socket.SOCK_STREAM); s.settimeout(3); s.connect((2, 1234))' && echo FOUND vsock`,
        `python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)' 2>/dev/null && echo FOUND packet`,
        `kill -0 ${process.pid} 2>/dev/null && grep -q vitest /proc/${process.pid}/cmdline && echo "FOUND the host"`,
        'echo tried',
      ].join('\n');
      expect(await outsideOfSandbox(script)).toContain('FOUND the host');
      const found = await scene.inside(script);
      expect(found).toContain('tried');
      expect(found).not.toContain('FOUND');
    });

    test('the gateway with the token of another run, of one that is over, or with none', async () => {
      const show = 'printf "%s" "${ANTHROPIC_API_KEY:-$CLAUDE_CODE_OAUTH_TOKEN}"';
      const token = (answer: string): string => /[0-9a-f]{32}/.exec(answer)?.[0] ?? 'no token found';
      const expired = token(await scene.inside(show, scene.victim));
      await scene.newRun();
      const own = token(await scene.inside(show));
      const ask = (value: string): string =>
        `curl -s -m 9 -o /dev/null -w "%{http_code}" -H "x-api-key: ${value}" -H "content-type: application/json" -d '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}' "$ANTHROPIC_BASE_URL/v1/messages"`;

      expect(expired).not.toBe(own);
      expect(await scene.inside(ask(own))).toContain('200');
      expect(await scene.inside(ask(expired))).toContain('401');
      expect(await scene.inside(ask('0'.repeat(32)))).toContain('401');
      expect(await scene.inside(ask(''))).toContain('401');
    });

    async function openTo(egress: string): Promise<void> {
      await controlRequest(scene.path('data', 'nanoclaw.sock'), {
        method: 'PATCH',
        path: '/groups/mallory',
        body: { egress },
      });
      await scene.newRun();
    }
  });
});
