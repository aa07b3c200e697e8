import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, repeatingScript } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatJid } from '../messages/message.ts';
import { ALLOWLIST_LOOK_MS } from './sender-gate.ts';

let under: EngineUnderTest;
let friends: ChatJid;
let count = 0;

beforeEach(() => {
  under = anEngine({ scriptOf: () => repeatingScript((prompt) => `saw ${prompt.match(/word\d/g)?.join(' ')}`) });
  friends = under.register('friends') as ChatJid;
});
afterEach(() => under.end());

function writeRules(text: string): void {
  mkdirSync(join(under.home, 'config'), { recursive: true });
  writeFileSync(join(under.home, 'config', 'sender-allowlist.json'), text);
}
const only = (sender: string, mode: 'trigger' | 'drop'): string =>
  JSON.stringify({ default: { allow: [sender], mode } });

function hear(sender: string, content: string, chatJid = friends): void {
  const timestamp = new Date(under.clock.now()).toISOString();
  const message = { id: `m${count++}`, chatJid, sender, senderName: sender, content, timestamp };
  under.engine.inbox.receive({ jid: chatJid, channel: 'local', isGroup: true }, message);
}
const stored = (chatJid = friends): string[] =>
  under.stores.messages
    .after(chatJid, 0, 100)
    .filter(({ isBotMessage }) => !isBotMessage)
    .map(({ content }) => content);

test('in trigger mode a stranger wakes nobody, and what he wrote is context for who may', async () => {
  writeRules(only('ann', 'trigger'));
  hear('bob', 'word1');
  await under.clock.advance(60_000);
  expect(under.texts(friends)).toEqual([]);
  hear('ann', 'word2');

  expect(await under.waitForTexts(1, friends)).toEqual(['saw word1 word2']);
});

test('in drop mode nothing of a stranger is stored', async () => {
  writeRules(only('ann', 'drop'));
  hear('bob', 'word1');
  hear('ann', 'word2');

  expect(await under.waitForTexts(1, friends)).toEqual(['saw word2']);
  expect(stored()).toEqual(['word2']);
});

describe('a broken file', () => {
  test('keeps everybody out, tells main once, and what came meanwhile is answered when it is mended', async () => {
    writeRules('{ "default": ');
    hear('ann', 'word1');
    await under.clock.advance(10 * ALLOWLIST_LOOK_MS);
    expect(under.texts(friends)).toEqual([]);
    expect(under.texts()).toEqual([expect.stringMatching(/^The sender allowlist cannot be used.*not JSON/)]);

    writeRules(only('ann', 'trigger'));
    await under.clock.advance(2 * ALLOWLIST_LOOK_MS);
    expect(await under.waitForTexts(1, friends)).toEqual(['saw word1']);
    expect(under.texts().at(-1)).toBe('The sender allowlist can be read again.');
  });

  test('keeps the owner in', async () => {
    writeRules('broken');
    under.say('word1', friends);

    expect(await under.waitForTexts(1, friends)).toEqual(['saw word1']);
  });
});

test('of a chat that is not registered only its existence is known', () => {
  const stranger = 'tg:4711' as ChatJid;
  hear('bob', 'word1', stranger);

  expect(stored(stranger)).toEqual([]);
  expect(under.stores.messages.chat(stranger)).toMatchObject({
    jid: stranger,
    lastActivity: new Date(under.clock.now()).toISOString(),
  });
});
