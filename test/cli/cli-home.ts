import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openQuestions } from '@nanoclaw/host/app-approvals.js';
import { archiveDeps } from '@nanoclaw/host/app-archive.js';
import { manageAll } from '@nanoclaw/host/app-manage.js';
import { openStores } from '@nanoclaw/host/app-stores.js';
import { createLocalChannel } from '@nanoclaw/host/channels/local/local-channel.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { homePaths, prepareHome } from '@nanoclaw/host/config/home-files.js';
import type { HostStatus } from '@nanoclaw/host/flows/host-status.js';
import { makeArchive } from '@nanoclaw/host/flows/make-archive.js';
import { ensureMainGroup, localChats } from '@nanoclaw/host/flows/manage-groups.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';
import { asChatJid, type ChatJid, type StoredMessage } from '@nanoclaw/host/messages/message.js';
import type { SandboxDriver, SandboxInfo } from '@nanoclaw/host/sandboxes/sandbox.js';
import { chatRoutes } from '@nanoclaw/host/web/chat-routes.js';
import { startControlServer } from '@nanoclaw/host/web/control-server.js';

export const MAIN = asChatJid('local:main') as ChatJid;

/** The moment at which everything in these tests happens. */
export const NOON = Date.parse('2026-03-04T12:00:00Z');

/** Waits for a condition and fails with `describe()` when it does not come true. */
export async function until(condition: () => boolean, describe: () => string = () => ''): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`it did not happen: ${condition.toString()}\n${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A home with real stores and a real control server; the test plays the assistant. */
export function aHome() {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-cli-'));
  const paths = homePaths(home);
  prepareHome(paths);
  const stores = openStores(':memory:');
  const { groups, messages } = stores;
  const sandboxes: SandboxInfo[] = [];
  const config = loadConfig({ NANOCLAW_HOME: home }, home);
  const driver = {
    kind: 'bubblewrap',
    list: async () => sandboxes,
    async stop(name: string) {
      const at = sandboxes.findIndex((sandbox) => sandbox.name === name);
      if (at >= 0) sandboxes.splice(at, 1);
      return at >= 0;
    },
  } as Partial<SandboxDriver> as SandboxDriver;
  let replies: ((text: string) => Promise<void> | void) | undefined;
  const local = createLocalChannel({
    messages,
    files: stores.files,
    pathOfFile: (key) => join(paths.files, key),
    keepFile: (_, { name }) => ({ path: `/workspace/group/attachments/${name}` }),
    now: () => NOON,
    receive(chat, message) {
      const stored = messages.accept(chat, message);
      if (!stored) return;
      local.onStored(stored);
      setImmediate(() => void replies?.(message.content));
    },
  });
  let answers = 0;
  let stopServer: (() => Promise<void>) | undefined;
  let changes = 0;
  const told = {
    onTasksChanged: () => undefined,
    onGroupsChanged() {
      changes += 1;
    },
  };
  const { manageGroups: manage, manageTasks, usage, memory } = manageAll({ config, stores, now: () => NOON }, told);

  const host = {
    home,
    paths,
    stores,
    groups,
    messages,
    manage,
    asked: openQuestions({ config, paths, stores }, manage),
    manageTasks,
    usage,
    memory,
    driver,
    sandboxes,
    local,
    groupChanges: () => changes,
    isRunning: () => stopServer !== undefined,
    status: {
      pid: 42,
      version: '2.0.0',
      home,
      startedAt: new Date(NOON).toISOString(),
      assistantName: 'Andy',
      model: { kind: 'practice', detail: 'practice model: no key is set' },
      sandbox: { driver: 'bubblewrap', detail: 'no engine answers' },
      web: null,
      database: { bytes: 3 * 2 ** 20, lastBackupAt: '2026-03-04T11:00:00.000Z', lastBackupError: 'the disk is full' },
      channels: [
        {
          name: 'local',
          isConnected: true,
          lastInboundAt: new Date(NOON).toISOString(),
          lastOutboundAt: null,
          lastError: { at: new Date(NOON).toISOString(), reason: 'the network is down' },
        },
      ],
      groups: 1,
      queue: { cap: 5, inUse: 1, places: { 'local:main': 'running' } },
      live: [{ group: 'main', sandbox: 'nanoclaw-main-1', run: 'run-1', phase: 'working', openTurns: 1 }],
      turns: { done: 3 },
      outbox: { sent: 4 },
      quarantine: { mailbox: 2 },
      invariants: [{ name: 'lost-turn', violations: 1, lastAt: new Date(NOON).toISOString(), lastDetail: 'turn-1' }],
      recordFailures: 2,
      tasks: { active: 2, paused: 1, due: 0, running: 1 },
      usage: { results: 3, inputTokens: 100, outputTokens: 20, costUsd: 0.0123 },
    } as HostStatus,
    /** What the assistant does with each message of the owner from now on. */
    onMessage(reply: (text: string) => Promise<void> | void): void {
      replies = reply;
    },
    /** The assistant's message, stored and told as the host does. */
    answer(text: string, chatJid: ChatJid = MAIN): void {
      const stored = host.storeAnswer(text, chatJid);
      if (stored) local.onStored(stored);
    },
    /** The assistant's message, stored only. */
    storeAnswer(text: string, chatJid: ChatJid = MAIN): StoredMessage | undefined {
      answers += 1;
      const from = { id: `answer-${answers}`, chatJid, sender: 'assistant', senderName: 'Andy' };
      const timestamp = new Date(NOON).toISOString();
      return messages.insert({ ...from, content: text, timestamp }, { from: 'assistant' });
    },
    /** Everything so far counts as answered, and the assistant rests. */
    async rest(chatJid: ChatJid = MAIN): Promise<void> {
      groups.markHandled(chatJid, messages.newestSeq());
      await local.setTyping(chatJid, false);
    },
    async start(): Promise<void> {
      ensureMainGroup(manage);
      const streams = new AbortController();
      const chats = () => localChats(groups);
      const server = await startControlServer({
        socketPath: paths.controlSocket,
        chat: chatRoutes({ local, chats, signal: streams.signal }),
        manage,
        asked: host.asked,
        tasks: manageTasks,
        usage,
        memory,
        timings: () => [],
        channels: [],
        driver,
        backup: (request) => makeArchive(archiveDeps(paths, stores.database, '2.0.0'), request),
        status: async () => host.status,
        openPairing: () => ({ code: 'ABCD-2345', expiresAt: NOON + 600_000 }),
        openPage: async () => 'http://127.0.0.1:4321/login?code=once',
        log: silentLog,
      });
      stopServer = async () => {
        stopServer = undefined;
        streams.abort();
        await server.stop();
      };
    },
    async stop(): Promise<void> {
      await stopServer?.();
    },
    async remove(): Promise<void> {
      await host.stop();
      stores.database.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return host;
}

export type CliHome = ReturnType<typeof aHome>;
