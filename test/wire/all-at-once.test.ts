import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';
import {
  anEngine,
  type EngineUnderTest,
  type Place,
  type PlatformUnderTest,
  registerChats,
  repeatingScript,
  until,
} from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { discordPlatform } from './discord-platform.ts';
import { gmailPlatform } from './gmail-platform.ts';
import { slackPlatform } from './slack-platform.ts';
import { telegramPlatform } from './telegram-platform.ts';
import { whatsappPlatform } from './whatsapp-platform.ts';

/** The other apps. */
const OTHERS = [discordPlatform, gmailPlatform, slackPlatform, whatsappPlatform];

/** With those of the apps. */
const CHATS = 40;
const PATIENCE_MS = 180_000;
const PLACES: readonly Place[] = ['private', 'group'];

let telegram: Awaited<ReturnType<typeof telegramPlatform>>;
let others: PlatformUnderTest[];
let host: EngineUnderTest;
let locals: string[];

beforeEach(async () => {
  telegram = await telegramPlatform();
  others = await Promise.all(OTHERS.map((start) => start()));
  const platforms = [telegram, ...others];
  host = anEngine({
    scriptOf: () => repeatingScript(reply),
    settings: { MAX_CONCURRENT_CONTAINERS: '50' },
    channels: platforms.map((platform) => (inbox, stores) => {
      const nature = { clock: systemClock, random: () => 0.5, log: silentLog };
      return platform.connect({ ...nature, inbox, stores, triggerOf: () => '@Andy' });
    }),
  });
});
afterEach(async () => {
  await host.end();
  for (const platform of [telegram, ...others]) await platform.stop();
});

/** Repeats the last message of a prompt; a mail is meant for the assistant, which it is told by the trigger. */
function reply(prompt: string): string {
  const said = [...prompt.matchAll(/<message [^>]*>(?:\s*<quoted.*?<\/quoted_message>)?([^<]*)/gs)].at(-1)?.[1] ?? '';
  return `you said ${said.trim().replace(/^@Andy /, '')}`;
}

const times = (platform: PlatformUnderTest, place: Place, words: string): number =>
  platform.said().filter((said) => said.place === place && said.text.includes(words)).length;

/** Asks in both chats of an app. */
async function ask(platform: PlatformUnderTest, words: string): Promise<void> {
  for (const place of PLACES) await platform.write(place, `${words} in ${place}`);
}

/** Waits until both chats of an app have their answers, and shows that each came once. */
async function answered(platform: PlatformUnderTest, words: string): Promise<void> {
  for (const place of PLACES) {
    const answer = `you said ${words} in ${place}`;
    await until(
      `"${answer}" is there in ${platform.chats[place]}`,
      () => times(platform, place, answer) > 0,
      PATIENCE_MS,
    );
    expect(times(platform, place, answer)).toBe(1);
  }
}

async function askLocals(words: string): Promise<void> {
  for (const chat of locals) host.say(words, chat);
  for (const chat of locals) {
    await until(`${chat} is answered`, () => host.texts(chat).includes(`you said ${words}`), PATIENCE_MS);
  }
}

test('all apps at once on one host: one that goes away and comes back leaves the others alone, and loses nothing', async () => {
  const platforms = [telegram, ...others];
  registerChats(host.stores.groups, ...platforms.flatMap(({ chats }) => [chats.private, chats.group]));
  const left = CHATS - host.stores.groups.list().length;
  locals = Array.from({ length: left }, (_, index) => host.register(`room${index}`));
  expect(host.stores.groups.list()).toHaveLength(CHATS);

  for (const platform of platforms) await ask(platform, 'hello');
  await askLocals('hello');
  for (const platform of platforms) await answered(platform, 'hello');

  telegram.goDown();
  await ask(telegram, 'are you there');
  for (const platform of others) await ask(platform, 'still here');
  await askLocals('still here');
  for (const platform of others) await answered(platform, 'still here');
  const condition = () => host.engine.channels.find(({ name }) => name === 'telegram')?.condition().phase;
  await until('the host knows that Telegram is away', () => condition() === 'down', PATIENCE_MS);

  telegram.comeBack();
  await answered(telegram, 'are you there');
  await until('Telegram is back', () => condition() === 'connected', PATIENCE_MS);
  for (const platform of platforms) await ask(platform, 'good night');
  for (const platform of platforms) await answered(platform, 'good night');
});
