import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthStore, openAuthStore } from '@nanoclaw/host/channels/whatsapp/auth-store.js';
import { loadWhatsAppLibrary, type WhatsAppLibrary } from '@nanoclaw/host/channels/whatsapp/library.js';
import { createWhatsAppChannel } from '@nanoclaw/host/channels/whatsapp/whatsapp-channel.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import {
  type ChannelParts,
  type LinkedDevice,
  type PlatformUnderTest,
  SERVICE_CERTIFICATE,
  startWhatsAppServer,
  type WhatsAppFault,
} from '@nanoclaw/testkit';
import { linkedDevice, saveKeys } from './whatsapp-under-test.ts';

const GROUP = '120363000000000001@g.us' as ChatJid;

/** WhatsApp for the conformance suite: a private chat with Ann, and a group, in an account of the assistant's own. */
export async function whatsappPlatform(): Promise<PlatformUnderTest> {
  const { library, device, auth } = await theDevice();
  const server = await startWhatsAppServer(device);
  const ann = server.person({ name: 'Ann', number: '15551234567', lid: '900000000002' });
  server.group(GROUP, 'Friends', [ann]);
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-whatsapp-'));
  const file = join(directory, 'whatsapp.db');
  saveKeys(file, auth);
  const privateChat = ann.jid as ChatJid;

  const connect =
    (open: () => AuthStore) =>
    ({ stores, ...parts }: ChannelParts) =>
      createWhatsAppChannel({
        ...{ library, url: server.url, hasOwnNumber: true, assistantName: 'Andy', ...parts },
        store: open(),
        uploadAgent: new Agent({ ca: SERVICE_CERTIFICATE.cert, servername: 'service.test' }),
        findMessage: stores.messages.find,
      });
  const chatOf = (place: string): ChatJid => (place === 'private' ? privateChat : GROUP);
  return {
    chats: { private: privateChat, group: GROUP, thread: GROUP },
    connect: connect(() => openAuthStore(file)),
    connectWrongly: connect(() => openAuthStore(':memory:')),
    secrets: [],
    write(place, text, { by = 'ann', mentions, file: sent, replyTo } = {}) {
      return server.write(by === 'assistant' ? 'phone' : ann, mentions ? `@${server.lid} ${text}` : text, {
        ...(by === 'assistant' || place !== 'private' ? { chat: chatOf(place) } : {}),
        ...(mentions ? { mentions: [`${server.lid}@lid`] } : {}),
        ...(sent ? { file: { ...sent, kind: 'image' } } : {}),
        ...(replyTo ? { quoted: { id: replyTo, text: 'before', by: `${ann.lid}@lid` } } : {}),
      });
    },
    said: () =>
      server.sent.map(({ chat, text, file: sent }) => ({
        place: chat === GROUP ? 'group' : 'private',
        text,
        ...(sent ? { file: { name: sent.name, mime: sent.mime, content: server.open(sent) } } : {}),
      })),
    hasTyped: (place) => server.typing.includes(`${chatOf(place)} composing`),
    reactionsTo: (place, id) =>
      server.reactions
        .filter((line) => line.startsWith(`${chatOf(place)}/${id} `))
        .map((line) => line.split(' ')[1] ?? ''),
    failNextSend: (fault) => void server.faults.push({ on: 'message', does: FAULTS[fault], times: 1 }),
    drop: server.drop,
    async stop() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const FAULTS: Readonly<Record<'busy' | 'broken' | 'unheard', WhatsAppFault['does']>> = {
  busy: { error: '429' },
  broken: { error: '503' },
  unheard: 'break-after',
};

interface KnownDevice {
  readonly library: WhatsAppLibrary;
  readonly device: LinkedDevice;
  readonly auth: Parameters<AuthStore['save']>[0];
}

let known: Promise<KnownDevice> | undefined;

/** One device, linked once for all checks: eight hundred key pairs take a second or two. */
function theDevice(): Promise<KnownDevice> {
  known ??= (async () => {
    const library = await loadWhatsAppLibrary();
    if (library === undefined) throw new Error('the library for WhatsApp is not installed');
    return { library, ...(await linkedDevice()) };
  })();
  return known;
}
