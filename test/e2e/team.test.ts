import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest, registerChat } from './host-under-test.ts';

const ALL = await engines();
const NAMES = ['ann', 'bob', 'eve'];

describe.each(ALL)('a team in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('of three', () => {
    let under: HostUnderTest;
    beforeAll(() => engine.prepare?.());
    afterEach(() => under?.end());

    test.each([1, 2, 5])(
      'works with %i places, each in a sandbox of its own, and nothing is left running',
      async (cap) => {
        under = await aHost({ engine, settings: { MAX_CONCURRENT_CONTAINERS: String(cap), IDLE_TIMEOUT: '2000' } });
        const chat = await registerChat(under, 'friends');
        let most = 0;
        const look = async (): Promise<number> => {
          const { live } = await under.status();
          most = Math.max(most, live.length);
          return live.length;
        };
        /** Waits until somebody has said something, and looks meanwhile how many sandboxes there are. */
        const heard = (who: string, words: string): Promise<unknown> =>
          until(
            `${who} says ${words}`,
            async () => {
              await look();
              return under.answers(chat, 0).some(({ sender, text }) => sender === who && text.includes(words));
            },
            60_000,
          );
        const tool = 'mcp__nanoclaw__start_teammate';
        const wish = (name: string) => ({
          name,
          role: `the ${name}`,
          prompt: `run \`echo ${name} works as $(id -u)\``,
        });
        under.model.model.enqueue(
          { kind: 'tools', calls: [{ name: 'ToolSearch', input: { query: `select:${tool}`, max_results: 1 } }] },
          { kind: 'tools', calls: NAMES.map((name) => ({ name: tool, input: wish(name) })) },
          { kind: 'text', text: 'I have a team on it' },
        );
        under.say('work on this together', chat);
        await heard('Andy', 'I have a team on it');
        for (const name of NAMES) await heard(name, `${name} works as`);
        // What each has come to is told to their lead, however many come at once.
        await until('the lead is told', async () => {
          await look();
          const asked = under.model.model.requests.map(({ body }) => JSON.stringify(body ?? ''));
          return NAMES.every((name) => asked.some((body) => body.includes(`sender=\\"${name}\\"`)));
        });
        await until('nothing is left running', async () => (await look()) === 0, 60_000);

        expect(most).toBeLessThanOrEqual(cap);
        const database = new Database(join(under.home, 'store', 'messages.db'), { readonly: true });
        const runs = database
          .prepare("SELECT group_folder, run_id, state FROM turns WHERE group_folder GLOB 'team-*'")
          .all();
        database.close();
        const of = (key: string): Set<unknown> => new Set(runs.map((run) => (run as Record<string, unknown>)[key]));
        expect([of('group_folder').size, of('run_id').size, [...of('state')]]).toEqual([3, 3, ['done']]);
        expect((await under.status()).invariants ?? []).toEqual([]);
      },
      180_000,
    );
  });
});
