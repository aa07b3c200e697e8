import { anEngine, type EngineUnderTest, repeatingScript } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatJid } from '../messages/message.ts';

/* The order of messages is the one in which they were stored; what their platforms say about time decides nothing. */

const CHAT = 'local:friends' as ChatJid;
const INFO = { jid: CHAT, channel: 'local', isGroup: true };
let under: EngineUnderTest;

/** Repeats the words it sees, so that every test tells what the agent was shown and in which order. */
beforeEach(() => {
  under = anEngine({ scriptOf: () => repeatingScript((prompt) => (prompt.match(/word\d+/g) ?? []).join(' ')) });
});
afterEach(() => under.end());

const at = (offsetMs: number): string => new Date(under.clock.now() + offsetMs).toISOString();

function hear(id: string, content: string, timestamp = at(0)): void {
  const message = { id, chatJid: CHAT, sender: 'ann', senderName: 'Ann', content, timestamp };
  under.engine.inbox.receive(INFO, message);
}

/** What was answered so far, every answer on its own. */
const answers = (count: number): Promise<string[]> => under.waitForTexts(count, CHAT);

describe('v1: cursors on platform time', () => {
  beforeEach(() => void under.register('friends'));

  test('messages of the same second are all seen', async () => {
    hear('m1', 'word1');
    expect(await answers(1)).toEqual(['word1']);
    hear('m2', 'word2');
    hear('m3', 'word3');

    expect((await answers(2)).join(' ')).toContain('word2 word3');
  });

  test('a message that arrives late, dated before what was answered, is seen', async () => {
    hear('m1', 'word1');
    await answers(1);
    hear('m2', 'word2', at(-3_600_000));

    expect(await answers(2)).toEqual(['word1', 'word2']);
  });

  test('messages that arrive out of order are seen in the order of their arrival', async () => {
    hear('m3', 'word3', at(30_000));
    hear('m1', 'word1', at(10_000));
    hear('m2', 'word2', at(20_000));

    expect((await answers(1)).join()).toBe('word3 word1 word2');
  });

  test('a message without a date that can be read is seen', async () => {
    hear('m1', 'word1', 'yesterday');

    expect(await answers(1)).toEqual(['word1']);
  });
});

test('v1: one message dated in the future silences every chat', async () => {
  under.register('friends');
  const other = under.register('other');
  hear('m1', 'word1', '2999-01-01T00:00:00.000Z');
  expect(await answers(1)).toEqual(['word1']);
  hear('m2', 'word2');
  under.say('word3', other);

  expect(await answers(2)).toEqual(['word1', 'word2']);
  expect(await under.waitForTexts(1, other)).toEqual(['word3']);
});

test('a clock that goes back an hour keeps no message from being answered', async () => {
  under.register('friends');
  hear('m1', 'word1');
  await answers(1);
  under.clock.setBack(3_600_000);
  hear('m2', 'word2');

  expect(await answers(2)).toEqual(['word1', 'word2']);
});

test('a message that the platform delivers again is answered once', async () => {
  under.register('friends');
  for (let time = 0; time < 3; time++) hear('m1', 'word1');
  await answers(1);
  hear('m1', 'word1');
  await under.clock.advance(60_000);

  expect(await answers(1)).toEqual(['word1']);
});

describe('a message that is edited', () => {
  test('before it was answered counts with its new text', async () => {
    under.register('friends', { requiresTrigger: true });
    hear('m1', 'word1 for later');
    await under.clock.advance(60_000);
    under.engine.inbox.edited(CHAT, 'm1', '@Andy word2', at(0));

    expect(await answers(1)).toEqual(['word2']);
  });

  test('after it was answered is not answered again', async () => {
    under.register('friends');
    hear('m1', 'word1');
    await answers(1);
    under.engine.inbox.edited(CHAT, 'm1', 'word2', at(0));
    await under.clock.advance(60_000);

    expect(await answers(1)).toEqual(['word1']);
  });

  test('and is not known here is ignored', async () => {
    under.register('friends');
    under.engine.inbox.edited(CHAT, 'm7', 'word2', at(0));
    await under.clock.advance(60_000);

    expect(under.texts(CHAT)).toEqual([]);
  });
});

test('a message that is deleted before it was answered is not shown to the agent', async () => {
  under.register('friends', { requiresTrigger: true });
  hear('m1', 'word1 was a mistake');
  under.engine.inbox.deleted(CHAT, 'm1', at(0));
  hear('m2', '@Andy word2');

  expect(await answers(1)).toEqual(['word2']);
});

test('v1: more than ten pending messages dropped silently', async () => {
  under.register('friends', { requiresTrigger: true });
  for (let word = 1; word <= 30; word++) hear(`m${word}`, `word${word}`);
  hear('m31', '@Andy word31');
  const [seen] = await answers(1);

  expect(seen).toBe(Array.from({ length: 31 }, (_, index) => `word${index + 1}`).join(' '));
});

test('of 10,000 messages the newest are shown, the agent is told how many are missing, and all count as answered', async () => {
  under.register('friends', { requiresTrigger: true });
  under.stores.database.transaction(() => {
    for (let word = 1; word < 10_000; word++) hear(`m${word}`, `word${word}`);
  })();
  hear('m10000', '@Andy word10000');
  const [seen] = await answers(1);

  expect(seen?.split(' ')).toHaveLength(50);
  expect(seen).toMatch(/^word9951 .* word10000$/);
  expect(under.driver.runs[0]?.input.prompt).toContain('<omitted count="9950">');
  expect(under.stores.groups.find(CHAT)?.handledSeq).toBe(under.stores.messages.find(CHAT, 'm10000')?.seq);
});
