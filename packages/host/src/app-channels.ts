import type { Base } from './app-base.ts';
import type { MakeChannel, Nature } from './app-chats.ts';
import { listed } from './config/config.ts';
import type { ChatJid } from './messages/message.ts';

/**
 * The channels whose credentials are set. A channel's code and library are only loaded when it is used. What a channel
 * does on the network begins when the engine makes it, and never keeps the host from starting.
 */
export async function configuredChannels(base: Base, nature: Nature): Promise<MakeChannel[]> {
  const { config, stores, log } = base;
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: apiRoot, ASSISTANT_NAME } = config.variables;
  const triggerOf = (chatJid: ChatJid): string => stores.groups.find(chatJid)?.trigger ?? `@${ASSISTANT_NAME}`;
  const { clock, random } = nature;
  const channels: MakeChannel[] = [];
  if (token !== undefined) {
    const { createTelegramChannel } = await import('./channels/telegram/telegram-channel.ts');
    const pool = listed(config.variables.TELEGRAM_BOT_POOL);
    const known = { token, apiRoot, pool, triggerOf, clock, random, log };
    channels.push((inbox) => createTelegramChannel({ ...known, inbox }));
  }
  return channels;
}
