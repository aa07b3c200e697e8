import type { Base } from './app-base.ts';
import type { MakeChannel, Nature } from './app-chats.ts';
import { knownChats } from './app-known-chats.ts';
import { mailChannels } from './app-mail.ts';
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
  if (config.variables.WHATSAPP_ENABLED) channels.push(await whatsappChannel(base, { nature, triggerOf }));
  channels.push(...(await mailChannels(base, nature)));
  const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_API_URL, DISCORD_BOT_TOKEN, DISCORD_API_URL } = config.variables;
  if (SLACK_BOT_TOKEN !== undefined && SLACK_APP_TOKEN !== undefined) {
    const { createSlackChannel } = await import('./channels/slack/slack-channel.ts');
    const tokens = { botToken: SLACK_BOT_TOKEN, appToken: SLACK_APP_TOKEN, apiUrl: SLACK_API_URL };
    const known = {
      ...tokens,
      triggerOf,
      knownChats: () => knownChats(stores, 'slack:', clock.now()),
      clock,
      random,
      log,
    };
    channels.push((inbox) => createSlackChannel({ ...known, inbox }));
  }
  if (DISCORD_BOT_TOKEN !== undefined) {
    const { createDiscordChannel } = await import('./channels/discord/discord-channel.ts');
    const place = { token: DISCORD_BOT_TOKEN, apiUrl: DISCORD_API_URL };
    const known = { ...place, triggerOf, knownChats: () => knownChats(stores, 'dc:', clock.now()), clock, random, log };
    channels.push((inbox) => createDiscordChannel({ ...known, inbox }));
  }
  return channels;
}

async function whatsappChannel(
  { config, paths, stores, log }: Base,
  known: { nature: Nature; triggerOf: (chatJid: ChatJid) => string },
): Promise<MakeChannel> {
  const { loadWhatsAppLibrary } = await import('./channels/whatsapp/library.ts');
  const library = await loadWhatsAppLibrary();
  if (library === undefined) {
    const { createAbsentChannel } = await import('./channels/whatsapp/absent-channel.ts');
    return () => createAbsentChannel(log);
  }
  const { createWhatsAppChannel } = await import('./channels/whatsapp/whatsapp-channel.ts');
  const { openHomeAuth } = await import('./channels/whatsapp/home-auth.ts');
  const {
    ASSISTANT_NAME: assistantName,
    ASSISTANT_HAS_OWN_NUMBER: hasOwnNumber,
    WHATSAPP_WS_URL: url,
  } = config.variables;
  const { nature, triggerOf } = known;
  return (inbox) =>
    createWhatsAppChannel({
      ...{ library, url, hasOwnNumber, assistantName, inbox, triggerOf, log },
      store: openHomeAuth(paths.channelAuth, log),
      findMessage: stores.messages.find,
      clock: nature.clock,
      random: nature.random,
    });
}
