import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readRecord } from '@nanoclaw/host/store/record-files.js';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { controlRequest } from './control-request.ts';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest, registerChat } from './host-under-test.ts';

const ALL = await engines();

/** The internet of these tests: one site, on this machine. */
const dial = {
  isAllowed: (address: string) => address === '127.0.0.1',
  resolve: async (host: string) => (host.endsWith('.test') ? [{ address: '127.0.0.1', family: 4 }] : []),
};

describe.each(ALL)('the internet in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('when it is there', () => {
    let under: HostUnderTest;
    let site: Server;
    let url: string;
    beforeAll(() => engine.prepare?.());
    beforeEach(async () => {
      site = createServer((_, response) => response.end('the site itself'));
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      url = `http://site.test:${(site.address() as AddressInfo).port}/`;
    });
    afterEach(async () => {
      await under.end();
      site.close();
      site.closeAllConnections();
    });

    /** By tunnel, as every https:// address is asked for, and as a plain request. */
    const tries = (): string =>
      `run \`for way in --proxytunnel --no-proxytunnel; do curl -sS -m 10 $way ${url} || echo " way refused"; echo; done 2>&1\``;
    const hosts = () =>
      readRecord(join(under.home, 'data', 'logs', 'record.jsonl'))
        .entries.filter(({ kind }) => kind === 'egress')
        .map(({ group, detail }) => [group, detail['host'], detail['outcome']]);

    test('is open to main, closed to others until their owner opens it, and each wish is recorded', async () => {
      // Nobody is asked here: test/e2e/approvals.test.ts does that.
      under = await aHost({ engine, dial, settings: { IDLE_TIMEOUT: '1000', APPROVAL_TIMEOUT: '0' } });
      const friends = await registerChat(under, 'friends');

      expect(await under.ask(tries())).toMatch(/the site itself\s+the site itself/);
      const closed = await under.ask(tries(), friends);
      expect(closed).toMatch(/way refused[\s\S]*way refused/);
      expect(closed).not.toContain('the site itself');
      await controlRequest(join(under.home, 'data', 'nanoclaw.sock'), {
        method: 'PATCH',
        path: '/groups/friends',
        body: { egress: 'allowlist' },
      });
      await until('the sandbox of before is gone', async () => (await under.status()).live.length === 0);
      expect(await under.ask(tries(), friends)).toMatch(/not on the list of hosts/);

      expect(hosts()).toEqual([
        ['main', 'site.test', { address: '127.0.0.1' }],
        ['main', 'site.test', { address: '127.0.0.1' }],
        ['friends', 'site.test', { refused: expect.stringContaining('not on the list') }],
        ['friends', 'site.test', { refused: expect.stringContaining('not on the list') }],
      ]);
    });

    test('leads nowhere on this machine or its network, and past the proxy there is nothing', async () => {
      under = await aHost({ engine });
      const { port } = site.address() as AddressInfo;
      const targets = [`127.0.0.1:${port}`, `localhost:${port}`, '169.254.169.254:80', '10.0.0.1:80', `[::1]:${port}`];
      const answer = await under.ask(
        `run \`for t in ${targets.join(' ')}; do curl -sS -m 5 --noproxy "" -o /dev/null -w "%{http_connect}%{http_code} $t\\n" http://$t/; done; curl -sS -m 5 --noproxy "*" http://127.0.0.1:${port}/ || echo nothing there\``,
      );

      for (const target of targets)
        expect(answer).toMatch(new RegExp(`(403|502) ${target.replaceAll(/[[\].]/g, String.raw`\$&`)}`));
      expect(answer).toContain('nothing there');
      expect(answer).not.toContain('the site itself');
    });
  });
});
