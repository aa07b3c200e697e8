import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AUTH_DATABASE } from '@nanoclaw/host/channels/whatsapp/home-auth.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { startTelegramServer, startWhatsAppServer, type TelegramServer } from '@nanoclaw/testkit';
import { linkedDevice, saveKeys } from '../wire/whatsapp-under-test.ts';

/** A chat app that the hosts of the crash test speak to; chats are numbers. */
export interface CrashPlatform {
  readonly name: string;
  /** What a host is started with. */
  readonly settings: Readonly<Record<string, string>>;
  /** How much longer than usual a host has to live to get anywhere. */
  readonly patience: number;
  readonly sent: readonly { readonly messageId: number; readonly chatId: string; readonly text: string }[];
  write(chat: number, text: string): void;
  jidOf(chat: number): string;
  chatOf(jid: string): string;
  /** Puts into a home what logs a host in. */
  prepare(home: string): void;
  close(): Promise<void>;
}

export const PLATFORMS = { telegram: startTelegram, whatsapp: startWhatsApp } as const;

async function startTelegram(): Promise<CrashPlatform> {
  return telegramPlatform(await startTelegramServer());
}

export function telegramPlatform(server: TelegramServer): CrashPlatform {
  return {
    name: 'telegram',
    settings: { TELEGRAM_BOT_TOKEN: server.token, TELEGRAM_API_ROOT: server.root },
    patience: 1,
    sent: server.sent,
    write: server.write,
    jidOf: (chat) => `tg:${chat}`,
    chatOf: (jid) => jid.slice('tg:'.length),
    prepare: () => undefined,
    close: server.close,
  };
}

/** The number of a chat is the end of its phone number. */
const NUMBER = 15_550_100_000;

async function startWhatsApp(): Promise<CrashPlatform> {
  const { device, auth } = await linkedDevice();
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-whatsapp-'));
  const keys = join(directory, AUTH_DATABASE);
  saveKeys(keys, auth);
  const server = await startWhatsAppServer(device);
  const people = new Map<number, ReturnType<typeof server.person>>();
  const personOf = (chat: number) => {
    const known = people.get(chat) ?? server.person({ name: 'Ann', number: String(NUMBER + chat), lid: `9000${chat}` });
    people.set(chat, known);
    return known;
  };
  const chatOf = (jid: string): string => String(Number(jid.split('@')[0]) - NUMBER);
  return {
    name: 'whatsapp',
    settings: { WHATSAPP_ENABLED: 'true', ASSISTANT_HAS_OWN_NUMBER: 'true', WHATSAPP_WS_URL: server.url },
    patience: 3,
    get sent() {
      return server.sent.map(({ chat, text }, messageId) => ({ messageId, chatId: chatOf(chat), text }));
    },
    write: (chat, text) => void server.write(personOf(chat), text),
    jidOf: (chat) => personOf(chat).jid,
    chatOf,
    prepare(home) {
      const target = join(homePaths(home).channelAuth, AUTH_DATABASE);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(keys, target);
    },
    async close() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
