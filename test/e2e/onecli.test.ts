import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '@nanoclaw/host/store/record-files.js';
import { createPracticeModel } from '@nanoclaw/model-practice';
import { type OneCliServer, startOneCliServer, until } from '@nanoclaw/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest, registerChat } from './host-under-test.ts';

const ALL = await engines();
const dial = {
  resolve: async (host: string) => (host.endsWith('.test') ? [{ address: '93.184.215.14', family: 4 }] : []),
};

describe.each(ALL)('OneCLI and $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('with credentials that it keeps', () => {
    let under: HostUnderTest;
    let onecli: OneCliServer;
    let model: ReturnType<typeof createPracticeModel>;
    beforeAll(() => engine.prepare?.());
    beforeEach(async () => {
      model = createPracticeModel();
      onecli = await startOneCliServer((request, response) => {
        if (request.url?.startsWith('/v1/') || request.url === '/') model.handle(request, response);
        else response.end('opened by OneCLI');
      });
      const credential = {
        ONECLI_URL: onecli.url,
        ONECLI_API_KEY: onecli.apiKey,
        ANTHROPIC_BASE_URL: 'https://api.service.test',
      };
      under = await aHost({ engine, credential, dial });
    });
    afterEach(async () => {
      await under.end();
      await onecli.close();
    });

    test('the model and hosts are reached through it, each chat as an agent of its own, and no sandbox holds its token', async () => {
      const friends = await registerChat(under, 'friends');
      expect(await under.ask('my name is Ann')).toContain('Ann');
      expect(await under.ask('my name is Bob', friends)).toContain('Bob');
      const search = 'env; cat /proc/[0-9]*/environ | tr "\\0" "\\n"; cat /workspace/certificates.pem | grep -c BEGIN';
      const found = await under.ask(
        `run \`(${search}) | grep -c "ao""c_\\|kept-by-one""cli"; curl -sS -m 9 https://www.service.test/x\``,
      );

      expect(found).toMatch(/^0\n/);
      // Its certificate is trusted inside, or this would have failed.
      expect(found).toContain('opened by OneCLI');
      expect(new Set(onecli.tunnels.map(({ agent }) => agent))).toEqual(new Set(['default', 'friends']));
      expect(onecli.tunnels.map(({ target }) => target)).toContain('www.service.test:443');
      for (const { headers } of model.requests) expect(headers['x-api-key']).toBe(onecli.injected);
      expect(JSON.stringify(onecli.seen)).not.toContain(onecli.injected);
      const egress = readRecord(join(under.home, 'data', 'logs', 'record.jsonl')).entries.filter(
        ({ kind }) => kind === 'egress',
      );
      expect(egress.map(({ group, detail }) => [group, detail['host']])).toContainEqual(['main', 'www.service.test']);
      expect(readFileSync(join(under.home, 'data', 'logs', 'host.log'), 'utf8')).not.toMatch(/aoc_|oc_the-key|kept-by/);
    });

    test('without it nothing is started, and that is said; what it refuses is refused', async () => {
      onecli.refuse('www.service.test');
      expect(
        await under.ask('run `curl -sS -m 9 https://www.service.test/x 2>&1; echo; env | grep -ci proxy`'),
      ).toMatch(/403/);
      await under.restart({ IDLE_TIMEOUT: '1000' });
      onecli.fail(401);
      expect(await under.ask('hello')).toContain('OneCLI, which keeps my credentials, refuses me');
      await onecli.close();
      expect(await under.ask('hello')).toContain('OneCLI, which keeps my credentials, does not answer');
      expect((await under.status()).live).toEqual([]);
      await until('both turns are over', async () => (await under.status()).turns['failed'] === 2);
    });
  });
});
