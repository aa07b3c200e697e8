import { anEngine, type EngineUnderTest, type RunScript, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChatJid } from '../messages/message.ts';
import { BACK_WINDOW_MS, LEFT_WAITING_MS, WAITING_LOOK_MS } from './waiting-notices.ts';

let under: EngineUnderTest;
afterEach(() => under.end());

const AFTER_MS = 60_000;
const settings = { STILL_WORKING_AFTER: String(AFTER_MS), CONTAINER_TIMEOUT: '86400000' };
const answering = repeatingScript(() => 'the answer');

/** Works until the test lets it answer. */
function working(): { script: RunScript; answer(): void } {
  let go = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    go = resolve;
  });
  const script: RunScript = async (run) => {
    await asked;
    run.answer('the answer', 0);
    await run.next();
  };
  return { script, answer: go };
}

async function pass(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += WAITING_LOOK_MS) await under.clock.advance(WAITING_LOOK_MS);
}

describe('a chat that waits for its answer', () => {
  test('is told once that it is worked on, and then gets its answer', async () => {
    const { script, answer } = working();
    under = anEngine({ scriptOf: () => script, settings });
    under.say('hello');
    await pass(AFTER_MS - WAITING_LOOK_MS);
    expect(under.texts()).toEqual([]);

    await pass(10 * AFTER_MS);
    expect(under.texts()).toEqual(['I am still working on it.']);
    answer();
    expect((await under.waitForTexts(2))[1]).toBe('the answer');
  });

  test('is told that others come first when its turn has not begun', async () => {
    const { script } = working();
    under = anEngine({ scriptOf: () => script, settings: { ...settings, MAX_CONCURRENT_CONTAINERS: '1' } });
    const friends = under.register('friends');
    under.say('first');
    await until('the first one runs', () => under.driver.live() === 1);
    under.say('second', friends);
    await pass(2 * AFTER_MS);

    expect(under.texts(friends)).toEqual([expect.stringContaining('I have not begun yet')]);
  });

  test('is not told where the owner does not want it', async () => {
    const { script } = working();
    under = anEngine({ scriptOf: () => script, settings: { ...settings, STILL_WORKING_AFTER: '0' } });
    under.say('hello');
    await pass(60 * AFTER_MS);

    expect(under.texts()).toEqual([]);
  });

  test('is told again about its next message only', async () => {
    let turn = working();
    under = anEngine({ scriptOf: () => (run) => turn.script(run), settings: { ...settings, IDLE_TIMEOUT: '1000' } });
    for (const count of [1, 2]) {
      under.say(`message ${count}`);
      await pass(5 * AFTER_MS);
      turn.answer();
      await under.waitForTexts(2 * count);
      turn = working();
      await until('the sandbox is gone', async () => {
        await under.clock.advance(1_000);
        return under.driver.live() === 0;
      });
    }

    expect(under.texts().filter((text) => text.startsWith('I am still'))).toHaveLength(2);
  });
});

describe('a chat that was left waiting while no host ran', () => {
  const hear = (ageMs: number, content = 'are you there?'): void => {
    const timestamp = new Date(under.clock.now() - ageMs).toISOString();
    const chat = { jid: 'local:main' as ChatJid, channel: 'local', isGroup: false };
    const message = { id: `m-${ageMs}`, chatJid: chat.jid, sender: 'ann', senderName: 'Ann', content, timestamp };
    under.engine.inbox.receive(chat, message);
  };

  test('for more than ten minutes is told that the host is back', async () => {
    const { script, answer } = working();
    under = anEngine({ scriptOf: () => script, settings });
    hear(LEFT_WAITING_MS + 1_000);
    await pass(WAITING_LOOK_MS);
    answer();

    expect(await under.waitForTexts(2)).toEqual([expect.stringContaining('I am back'), 'the answer']);
  });

  test('for a shorter time just gets its answer, and so does who writes late under an old date', async () => {
    under = anEngine({ scriptOf: () => answering, settings });
    hear(LEFT_WAITING_MS - WAITING_LOOK_MS * 2);
    await pass(BACK_WINDOW_MS + WAITING_LOOK_MS);
    hear(LEFT_WAITING_MS * 6);
    await pass(2 * WAITING_LOOK_MS);

    expect(await under.waitForTexts(2)).toEqual(['the answer', 'the answer']);
  });

  test('is told so once, however often the host starts again', async () => {
    const { script } = working();
    under = anEngine({ scriptOf: () => script, settings });
    hear(LEFT_WAITING_MS + 1_000);
    await pass(WAITING_LOOK_MS);
    const { home } = under;
    await under.crash();
    under = anEngine({ home, scriptOf: () => script, settings });
    await pass(2 * WAITING_LOOK_MS);

    expect(under.texts()).toHaveLength(1);
  });
});
