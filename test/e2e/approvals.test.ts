import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { controlRequest } from './control-request.ts';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest, registerChat } from './host-under-test.ts';

// What the owner has to say about it is the host's to judge, whatever the sandbox is made of: one driver is enough.
const ONE = (await engines()).filter(({ sandbox }) => sandbox === 'bubblewrap');

describe.each(ONE)('an agent that asks for a new host, in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('when it is there', () => {
    let under: HostUnderTest;
    let site: Server;
    let port: number;
    let friends: string;
    beforeAll(() => engine.prepare?.());
    beforeEach(async () => {
      site = createServer((_, response) => response.end('the site itself'));
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      ({ port } = site.address() as AddressInfo);
    });
    afterEach(async () => {
      await under.end();
      site.close();
      site.closeAllConnections();
    });

    async function aHostThatAsks(settings: Record<string, string>): Promise<void> {
      const dial = {
        isAllowed: (address: string) => address === '127.0.0.1',
        resolve: async (host: string) => (host.endsWith('.test') ? [{ address: '127.0.0.1', family: 4 }] : []),
      };
      under = await aHost({ engine, dial, settings });
      friends = await registerChat(under, 'friends');
      await control('PATCH', '/groups/friends', { egress: 'allowlist' });
    }
    const control = (method: 'GET' | 'PATCH' | 'POST', path: string, body?: object): Promise<unknown> =>
      controlRequest(join(under.home, 'data', 'nanoclaw.sock'), {
        method,
        path,
        ...(body === undefined ? {} : { body }),
      });
    const fetchSite = (): string => `run \`curl -sS -i http://site.test:${port}/ 2>&1\``;
    const heard = (chat: string): string =>
      under
        .answers(chat, 0)
        .map(({ text }) => text)
        .join('\n');
    /** Main is asked about it; gives the number of the question. */
    const asked = (number: number): Promise<unknown> =>
      until('main is asked', () => heard('local:main').includes(`Approval ${number}: the agent of \`friends\``));

    test('gets it when the owner says yes in main, and for its next run it is asked again', async () => {
      await aHostThatAsks({ APPROVAL_WAIT: '600000' });
      under.say(fetchSite(), friends);
      await asked(1);
      expect(heard('local:main')).toContain(`\`site.test:${port}\``);
      under.say('yes 1');
      await until('it has the page', () => heard(friends).includes('the site itself'));
      await until('main knows', () => heard('local:main').includes('Approval 1 is allowed once.'));

      await under.restart();
      under.say(fetchSite(), friends);
      await asked(2);
      await control('POST', '/approvals/2', { decision: 'always' });
      await until('it has the page again', () => heard(friends).split('the site itself').length === 3);
      expect(await control('GET', '/approvals')).toMatchObject({
        waiting: [],
        always: [{ id: 2, decidedBy: 'the owner at the command line' }],
        past: [{ id: 1, state: 'allowed', decidedBy: 'local:owner' }],
      });
    });

    test('is told so when the owner says no', async () => {
      await aHostThatAsks({ APPROVAL_WAIT: '600000' });
      under.say(fetchSite(), friends);
      await asked(1);
      under.say('no 1');
      await until('it is told', () => /403[\s\S]*said no/.test(heard(friends)));
      expect(heard(friends)).not.toContain('the site itself');
    });

    test('is told to ask again when nobody answers, and refused when the time is over', async () => {
      await aHostThatAsks({ APPROVAL_WAIT: '0', APPROVAL_TIMEOUT: '3000' });
      under.say(fetchSite(), friends);
      await until('it is told', () => /403[\s\S]*ask again later/.test(heard(friends)));
      await until('main is told', () => heard('local:main').includes('nobody has answered in time'));
      expect(await under.ask(fetchSite(), friends)).toMatch(/403[\s\S]*has not answered/);
      expect(heard(friends)).not.toContain('the site itself');
    });
  });
});
