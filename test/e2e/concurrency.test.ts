import { until } from '@nanoclaw/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest, registerChat } from './host-under-test.ts';

const ALL = await engines();

describe.each(ALL)('several groups in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('when it is there', () => {
    let under: HostUnderTest;
    beforeAll(() => engine.prepare?.());
    afterEach(() => under.end());

    test('two groups answered at the same time have a sandbox each and see nothing of each other', async () => {
      under = await aHost({ engine });
      const chats = [await registerChat(under, 'family'), await registerChat(under, 'work')];

      const answers = await Promise.all(
        chats.map((chat) => under.ask(`run \`echo ${chat} > mine; ls /workspace/group\``, chat)),
      );
      const { live } = await under.status();

      expect(answers.map((answer) => answer.split('\n').slice(0, 2))).toEqual(Array(2).fill(['CLAUDE.md', 'mine']));
      expect(answers.join()).not.toMatch(/main/);
      expect(new Set(live.map(({ sandbox }) => sandbox)).size).toBe(2);
      expect(live.map(({ group }) => group).sort()).toEqual(['family', 'work']);
    });

    test('no more sandboxes than the cap live, and the sixth group waits and is served', async () => {
      under = await aHost({ engine, settings: { MAX_CONCURRENT_CONTAINERS: '5', CONTAINER_MEMORY: '1g' } });
      const chats: string[] = [];
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) chats.push(await registerChat(under, name));
      const seen: number[] = [];
      let hasWaited = false;
      const watching = new AbortController();
      const watch = (async () => {
        while (!watching.signal.aborted) {
          const { live, queue } = await under.status();
          seen.push(live.length);
          hasWaited ||= Object.values(queue.places).includes('waiting');
          expect(live.length).toBeLessThanOrEqual(5);
          expect(queue.inUse).toBeLessThanOrEqual(5);
        }
      })();

      const seqs = chats.map((chat) => under.say(`my name is ${chat}`, chat));
      await until(
        'all six are answered',
        () => chats.every((chat, index) => under.answers(chat, seqs[index]!).length > 0),
        90_000,
      );
      watching.abort();
      await watch;

      expect(Math.max(...seen)).toBe(5);
      expect(hasWaited).toBe(true);
    });
  });
});
