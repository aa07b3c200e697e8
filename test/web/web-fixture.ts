import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalChannel } from '@nanoclaw/host/channels/local/local-channel.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';
import { createFileStore } from '@nanoclaw/host/messages/file-store.js';
import { asChatJid, type ChatJid } from '@nanoclaw/host/messages/message.js';
import { createMessageStore } from '@nanoclaw/host/messages/message-store.js';
import { openStore } from '@nanoclaw/host/store/open-store.js';
import { startWebServer, type WebServer } from '@nanoclaw/host/web/web-server.js';

export const MAIN = asChatJid('local:main') as ChatJid;

/** A fixed moment, so that pages of different runs look the same. */
export const NOON = Date.parse('2026-03-04T12:00:00Z');

/** The web server over a real channel and store; the test plays the assistant. */
export async function aWebHost(chatNames: readonly string[] = ['main']) {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-web-'));
  const database = openStore(':memory:');
  const messages = createMessageStore(database);
  const chats = chatNames.map((name) => ({ jid: asChatJid(`local:${name}`) as ChatJid, name }));
  for (const { jid, name } of chats) messages.ensureChat({ jid, name, channel: 'local', isGroup: false });
  const files = createFileStore(database);
  const local = createLocalChannel({
    messages,
    files,
    pathOfFile: (key) => join(directory, key),
    keepFile: (_, { name }) => ({ path: `/workspace/group/attachments/${name}` }),
    now: () => NOON,
    receive: (chat, message) => {
      const stored = messages.accept(chat, message);
      if (stored) local.onStored(stored);
    },
  });
  const stateFile = join(directory, 'web.json');
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (event: string) => warnings.push(event) };
  const start = (port = 0, file = stateFile): Promise<WebServer> =>
    startWebServer({ local, chats: () => chats, port, stateFile: file, log, clock: systemClock });
  let answers = 0;
  const host = {
    local,
    directory,
    stateFile,
    warnings,
    start,
    server: await start(),
    /** The assistant's message, as the host would store and tell it. */
    answer(text: string, options: { chat?: ChatJid; at?: number } = {}): void {
      answers += 1;
      const from = { id: `answer-${answers}`, chatJid: options.chat ?? MAIN, sender: 'assistant', senderName: 'Andy' };
      const timestamp = new Date(options.at ?? NOON).toISOString();
      const stored = messages.insert({ ...from, content: text, timestamp }, { from: 'assistant' });
      if (stored) local.onStored(stored);
    },
    /** A file that the assistant sends. */
    sendFile(name: string, kind: { type: 'image' | 'document'; mime: string }, content: Buffer): void {
      answers += 1;
      const key = `file-${answers}`;
      writeFileSync(join(directory, key), content);
      files.add({ key, groupFolder: 'main', name, ...kind, bytes: content.length, createdAt: NOON });
      const from = { id: `answer-${answers}`, chatJid: MAIN, sender: 'assistant', senderName: 'Andy' };
      const message = { ...from, content: `[${kind.type}: ${name}]`, timestamp: new Date(NOON).toISOString() };
      const stored = messages.insert(
        { ...message, attachments: [{ type: kind.type, name, key }] },
        { from: 'assistant' },
      );
      if (stored) local.onStored(stored);
    },
    /** Stops the web server as a restart of the host does, and lets `meanwhile` happen before it is back. */
    async restart(meanwhile: () => Promise<void> | void = () => undefined): Promise<void> {
      await host.server.stop();
      await meanwhile();
      host.server = await start();
    },
    /** As if the database had been moved away. */
    forgetMessages: () => void database.exec('DELETE FROM messages; DELETE FROM sqlite_sequence'),
    async stop(): Promise<void> {
      await host.server.stop();
      database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return host;
}

export type WebHost = Awaited<ReturnType<typeof aWebHost>>;
