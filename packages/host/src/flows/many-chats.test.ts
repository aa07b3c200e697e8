import { anEngine, type EngineUnderTest, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';

let under: EngineUnderTest;
afterEach(() => under.end());

const CHATS = 200;
const CAP = 5;

describe('v1: five idle containers starve the sixth group for half an hour', () => {
  test('200 groups at once are all answered, each once, never more than the cap at the same time', async () => {
    const settings = { MAX_CONCURRENT_CONTAINERS: String(CAP) };
    under = anEngine({ scriptOf: () => repeatingScript((prompt) => prompt.match(/word\d+/)?.[0] ?? ''), settings });
    const chats = Array.from({ length: CHATS }, (_, index) => under.register(`chat${index}`));
    for (const [index, chat] of chats.entries()) under.say(`word${index}`, chat);
    await until('all are answered', async () => {
      await under.clock.advance(1_000);
      return chats.every((chat) => under.texts(chat).length > 0);
    });
    await under.clock.advance(60_000);

    expect(chats.map((chat) => under.texts(chat))).toEqual(chats.map((_, index) => [`word${index}`]));
    expect(under.driver.peak()).toBe(CAP);
    // Nobody waits for the idle time of another: the line moves as soon as somebody in front of it has nothing to do.
    expect(under.clock.now() - Date.UTC(2026, 0, 1)).toBeLessThan(30 * 60_000);
  });

  test('who came first is served first', async () => {
    const settings = { MAX_CONCURRENT_CONTAINERS: '1' };
    under = anEngine({ scriptOf: () => repeatingScript(() => 'fine'), settings });
    const chats = Array.from({ length: 20 }, (_, index) => under.register(`chat${index}`));
    for (const chat of chats) under.say('hello', chat);
    await until('all are answered', async () => {
      await under.clock.advance(1_000);
      return chats.every((chat) => under.texts(chat).length > 0);
    });

    expect(under.driver.runs.map(({ input }) => input.chatJid)).toEqual(chats);
  });
});
