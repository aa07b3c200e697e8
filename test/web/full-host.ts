import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveAgent } from '@nanoclaw/host/agents/live-agents.js';
import { openQuestions } from '@nanoclaw/host/app-approvals.js';
import { manageAll } from '@nanoclaw/host/app-manage.js';
import { openStores, type Stores } from '@nanoclaw/host/app-stores.js';
import type { Channel } from '@nanoclaw/host/channels/channel.js';
import type { Linking } from '@nanoclaw/host/channels/linking.js';
import { createLocalChannel } from '@nanoclaw/host/channels/local/local-channel.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { shownSettings } from '@nanoclaw/host/config/shown-settings.js';
import { createChannelHealth } from '@nanoclaw/host/flows/channel-health.js';
import { describeHost } from '@nanoclaw/host/flows/host-status.js';
import { allChats, ensureMainGroup } from '@nanoclaw/host/flows/manage-groups.js';
import { createOwnerWords } from '@nanoclaw/host/flows/owner-words.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';
import { asChatJid, type ChatJid, type InboundMessage } from '@nanoclaw/host/messages/message.js';
import { emptyQueue } from '@nanoclaw/host/queue/queue.js';
import type { PageDeps } from '@nanoclaw/host/web/page-routes.js';
import { startWebServer } from '@nanoclaw/host/web/web-server.js';

export const SECRET = 'sk-ant-never-on-the-page';

/** The web server over real stores and flows; no sandbox runs, the test plays assistants and their output. */
export async function aFullHost() {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-full-'));
  const paths = homePaths(home);
  for (const directory of [paths.logs, paths.groups]) mkdirSync(directory, { recursive: true });
  const stores = openStores(':memory:', { recordFile: paths.record });
  const config = loadConfig(
    { NANOCLAW_HOME: home, NANOCLAW_CONFIG_HOME: '/nowhere', TZ: 'Europe/Berlin', ANTHROPIC_API_KEY: SECRET },
    home,
  );
  const now = systemClock.now;
  const told: string[] = [];
  const manage = manageAll(
    { config, stores, now },
    { onTasksChanged: () => told.push('tasks'), onGroupsChanged: () => told.push('groups') },
  );
  ensureMainGroup(manage.manageGroups);
  const live: LiveAgent[] = [];
  const stopped: string[] = [];
  const received: InboundMessage[] = [];
  const { messages } = stores;
  const keepFile = (_: InboundMessage, { name }: { name: string }) => ({
    path: `/workspace/group/attachments/${name}`,
  });
  const receive = (chat: Parameters<typeof messages.accept>[0], message: InboundMessage): void => {
    received.push(message);
    const stored = messages.accept(chat, message);
    if (stored) local.onStored(stored);
  };
  const pathOfFile = (key: string): string => join(paths.files, key);
  const local = createLocalChannel({ messages, files: stores.files, pathOfFile, keepFile, now, receive });
  const say = createOwnerWords({ ...stores, local, inbox: { receive, keepFile }, now });
  const health = createChannelHealth(now);
  const pulse = describe({ stores, local, health, live, home });
  const asked = openQuestions({ config, paths, stores }, manage.manageGroups);
  /** WhatsApp as it is linked to a phone. */
  const linked: { state: Linking } = { state: { phase: 'not-linked' } };
  const page: PageDeps = {
    ...{ manage: manage.manageGroups, tasks: manage.manageTasks, usage: manage.usage, memory: manage.memory },
    ...{ live: () => live, pulse, status: async () => pulse(), say, logs: paths.logs, clock: systemClock },
    channels: [
      {
        ...local,
        name: 'whatsapp',
        linking: () => linked.state,
        link: (wish) => {
          linked.state =
            wish.phoneNumber === undefined ? { phase: 'qr', qr: '2@secret' } : { phase: 'code', code: 'ABCD1234' };
        },
      },
    ],
    driver: { stop: async (name) => stopped.push(name) > 0 },
    settings: () => shownSettings(config),
    asked,
    recordFile: paths.record,
  };
  const chats = () => allChats(stores.groups);
  const stateFile = join(home, 'web.json');
  const common = { local, chats, say, page, stateFile, log: silentLog, clock: systemClock };
  const host = {
    ...{ home, paths, stores, manage, live, stopped, received, told, local, health, linked, asked },
    server: await startWebServer({ ...common, port: 0 }),
    /** Stops the web server as a restart of the host does, and lets `meanwhile` happen before it is back. */
    async restart(meanwhile: () => Promise<void>): Promise<void> {
      await host.server.stop();
      await meanwhile();
      host.server = await startWebServer({ ...common, port: 0 });
    },
    /** What somebody says in a chat. */
    hear(jid: string, text: string, more: Partial<InboundMessage> & { fromAssistant?: boolean } = {}): void {
      const { fromAssistant = false, ...rest } = more;
      const who = fromAssistant ? { sender: 'assistant', senderName: 'Andy' } : { sender: 'tg:7', senderName: 'Ann' };
      const id = `m-${messages.newestSeq()}`;
      const timestamp = new Date(now()).toISOString();
      const message = { id, chatJid: asChatJid(jid) as ChatJid, ...who, content: text, timestamp, ...rest };
      const stored = messages.insert(message, { from: fromAssistant ? 'assistant' : 'person' });
      if (stored) local.onStored(stored);
    },
    /** A sandbox of a group, and what it prints. */
    runAgent(folder: string, more: Partial<LiveAgent> = {}): (text: string) => void {
      const group = stores.groups.ofFolder(folder)!;
      const common = { runId: `run-${folder}`, sandboxName: `nanoclaw-3f2a-${folder}`, mailbox: '' };
      live.push({ ...common, group, openTurns: [], takenSeq: 0, lastInput: 0, phase: 'working', ...more });
      mkdirSync(join(paths.logs, folder), { recursive: true });
      let all = '';
      return (text) => {
        all += text;
        writeFileSync(join(paths.logs, folder, `run-${folder}.log`), all);
      };
    },
    async stop(): Promise<void> {
      await host.server.stop();
      stores.database.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return host;
}

export type FullHost = Awaited<ReturnType<typeof aFullHost>>;

function describe(parts: {
  stores: Stores;
  local: Channel;
  health: ReturnType<typeof createChannelHealth>;
  live: readonly LiveAgent[];
  home: string;
}) {
  const { stores, local, health, live, home } = parts;
  const telegram = { ...local, name: 'telegram', condition: () => ({ phase: 'connecting' }) as const };
  const startedAt = new Date(systemClock.now() - 7_200_000).toISOString();
  const fixed = { pid: 1, version: '0.0.0-test', home, startedAt, assistantName: 'Andy' };
  const model = { kind: 'practice', detail: 'practice model: no key is set' } as const;
  const sandbox = { driver: 'bubblewrap', detail: 'the test says so' };
  const database = { bytes: 1_234_567, lastBackupAt: startedAt, lastBackupError: null };
  const liveAgents = { list: () => [...live] } as Parameters<typeof describeHost>[0]['liveAgents'];
  const sources = { ...stores, liveAgents, queue: () => emptyQueue(5), channels: [local, telegram], health };
  return () => describeHost({ ...sources, now: systemClock.now }, { ...fixed, model, sandbox, database, web: null });
}
