import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores, type Stores } from '@nanoclaw/host/app-stores.js';
import { openAuthStore, type StoredKey } from '@nanoclaw/host/channels/whatsapp/auth-store.js';
import { AUTH_DATABASE, openHomeAuth } from '@nanoclaw/host/channels/whatsapp/home-auth.js';
import { loadWhatsAppLibrary } from '@nanoclaw/host/channels/whatsapp/library.js';
import { createWhatsAppChannel, type WhatsAppChannel } from '@nanoclaw/host/channels/whatsapp/whatsapp-channel.js';
import { createChannelHealth } from '@nanoclaw/host/flows/channel-health.js';
import { createInbox } from '@nanoclaw/host/flows/inbox.js';
import { type Clock, systemClock } from '@nanoclaw/host/kernel/clock.js';
import type { LogFields } from '@nanoclaw/host/kernel/log.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';
import type { ChatJid, StoredMessage } from '@nanoclaw/host/messages/message.js';
import {
  inboxRules,
  type LinkedDevice,
  registerChats,
  SERVICE_CERTIFICATE,
  startWhatsAppServer,
  until,
  type WhatsAppPerson,
  type WhatsAppServer,
} from '@nanoclaw/testkit';
import Sqlite from 'better-sqlite3';

/** Waits a hundredth of what it is told to. */
const hastyClock: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

export const GROUP = '120363000000000001@g.us' as ChatJid;

/** Busy machines take their time for eight hundred key pairs. */
const PATIENCE_MS = 120_000;

export interface WhatsAppUnderTest {
  readonly server: WhatsAppServer;
  readonly ann: WhatsAppPerson & { readonly jid: ChatJid };
  readonly bob: WhatsAppPerson;
  readonly stores: Stores;
  /** Warnings and errors. */
  readonly lines: string[];
  readonly authDirectory: string;
  readonly authDatabase: string;
  channel(): WhatsAppChannel;
  /** A new channel on the same home, as after a restart. */
  connect(options?: { hasOwnNumber?: boolean }): Promise<void>;
  /** The phone reads the QR code. */
  scan(): Promise<void>;
  connected(): Promise<void>;
  stored(chat?: ChatJid): StoredMessage[];
  arrived(text: string, chat?: ChatJid): Promise<StoredMessage>;
  send(text: string, outboxId?: number): ReturnType<WhatsAppChannel['send']>;
  /** Names of the files in the folder of Ann's chat. */
  kept(): string[];
  readonly folder: string;
  stop(): Promise<void>;
}

/** A server with Ann, Bob and a group of both; a home in which Ann's chat and the group are registered; no channel yet. */
export async function aWhatsApp(): Promise<WhatsAppUnderTest> {
  const library = await loadWhatsAppLibrary();
  if (library === undefined) throw new Error('the library for WhatsApp is not installed');
  const server = await startWhatsAppServer();
  const ann = server.person({ name: 'Ann', number: '15551234567', lid: '900000000002' });
  const bob = server.person({ name: 'Bob', number: '15557654321', lid: '900000000003' });
  server.group(GROUP, 'Friends', [ann, bob]);
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-whatsapp-'));
  const folder = join(home, 'groups', 'chat0');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(home, 'groups', 'chat1'));
  const authDirectory = join(home, 'store', 'auth');
  const stores = openStores(':memory:');
  const lines: string[] = [];
  const keep = (event: string, fields: LogFields = {}): unknown => lines.push(`${event} ${JSON.stringify(fields)}`);
  const log = { ...silentLog, warn: keep, error: keep };
  registerChats(stores.groups, ann.jid, GROUP, `${server.number}@s.whatsapp.net`);
  const inbox = createInbox({
    ...stores,
    onStored: () => undefined,
    ...inboxRules(join(home, 'groups')),
    transcribe: async (content) => `what ${content.toString()} says`,
    health: createChannelHealth(systemClock.now),
    now: systemClock.now,
    log,
  });
  let channel: WhatsAppChannel | undefined;
  let sent = 1_000;

  const current = (): WhatsAppChannel => {
    if (channel === undefined) throw new Error('connect first');
    return channel;
  };
  const stored = (chat = ann.jid as ChatJid): StoredMessage[] => stores.messages.after(chat, 0, 1_000);
  const connected = async (): Promise<void> => {
    await until('it is connected', () => current().condition().phase === 'connected', PATIENCE_MS);
  };
  return {
    server,
    ann: { ...ann, jid: ann.jid as ChatJid },
    ...{ bob, stores, lines, authDirectory, folder, connected, stored },
    authDatabase: join(authDirectory, AUTH_DATABASE),
    channel: current,
    async connect({ hasOwnNumber = true } = {}) {
      await channel?.stop();
      channel = createWhatsAppChannel({
        library,
        store: openHomeAuth(authDirectory, log),
        url: server.url,
        uploadAgent: new Agent({ ca: SERVICE_CERTIFICATE.cert, servername: 'service.test' }),
        ...{ hasOwnNumber, assistantName: 'Andy', inbox, log },
        triggerOf: () => '@Andy',
        findMessage: stores.messages.find,
        ...{ clock: hastyClock, random: () => 0.5 },
      });
    },
    async scan() {
      current().link({});
      const qr = await until(
        'there is a QR code',
        () => {
          const linking = current().linking();
          return linking.phase === 'qr' && linking.qr;
        },
        PATIENCE_MS,
      );
      server.scan(qr);
      await connected();
    },
    arrived: (text, chat) =>
      until(`${text} is stored`, () => stored(chat).find(({ content }) => content === text), PATIENCE_MS),
    send: (text, outboxId = ++sent) =>
      current().send({ outboxId, part: 0, createdAt: 1, chatJid: ann.jid as ChatJid, text, sender: null }),
    kept: () => readdirSync(join(folder, 'attachments')).sort(),
    async stop() {
      await channel?.stop();
      await server.close();
      stores.database.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A device that a phone has linked, with all its keys. */
export async function linkedDevice(): Promise<{ device: LinkedDevice; auth: StoredKey[] }> {
  const whatsapp = await aWhatsApp();
  await whatsapp.connect();
  await whatsapp.scan();
  await whatsapp.channel().stop();
  const auth = readKeys(whatsapp.authDatabase);
  const device = whatsapp.server.device();
  await whatsapp.stop();
  if (device === undefined) throw new Error('no device was linked');
  return { device, auth };
}

export function readKeys(file: string): { kind: string; id: string; value: string }[] {
  const database = new Sqlite(file);
  const rows = database.prepare('SELECT kind, id, value FROM keys ORDER BY seq').all();
  database.close();
  return rows as { kind: string; id: string; value: string }[];
}

/** Puts keys into a database where there is none yet. */
export function saveKeys(file: string, keys: readonly StoredKey[]): void {
  const store = openAuthStore(file);
  store.save(keys);
  store.close();
}
