import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, startEngine } from '@nanoclaw/host/app-engine.js';
import { openStores, type Stores } from '@nanoclaw/host/app-stores.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { homePaths, prepareHome } from '@nanoclaw/host/config/home-files.js';
import { createRunTokens } from '@nanoclaw/host/gateway/run-tokens.js';
import { planGroup } from '@nanoclaw/host/groups/group.js';
import { createLifecycle } from '@nanoclaw/host/kernel/lifecycle.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';
import type { ChatJid, InboundMessage } from '@nanoclaw/host/messages/message.js';
import { createFakeSandboxDriver, type RunScript } from '@nanoclaw/testkit';
import { endsOnce } from './tidy-up.ts';

/** The host's message path without sandboxes: scripts in this process answer. */
export interface BareEngine {
  readonly home: string;
  readonly engine: Engine;
  readonly stores: Stores;
  end(): Promise<void>;
}

export const groupNumber = (index: number): ChatJid => `bench:chat-${index}` as ChatJid;

/** Starts it on a new database with so many groups that need the trigger `@Andy`; `fill` puts in what is there before. */
export async function startBareEngine(options: {
  groups: number;
  script: RunScript;
  settings?: Record<string, string>;
  fill?: (stores: Stores) => void;
}): Promise<BareEngine> {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-bench-'));
  const config = loadConfig({ NANOCLAW_HOME: home, NANOCLAW_CONFIG_HOME: home, TZ: 'UTC', ...options.settings }, home);
  const paths = homePaths(home);
  prepareHome(paths);
  const stores = openStores(paths.database);
  stores.database.transaction(() => {
    for (let index = 0; index < options.groups; index++) {
      const name = `chat-${index}`;
      stores.messages.ensureChat({ jid: groupNumber(index), channel: 'bench', isGroup: true });
      stores.groups.add(planGroup({ jid: groupNumber(index), name, folder: name }, { trigger: '@Andy', addedAt: '' }));
    }
    options.fill?.(stores);
  })();
  const lifecycle = createLifecycle(silentLog);
  const choice = { driver: createFakeSandboxDriver(() => options.script), why: 'a bench' };
  const base = { config, paths, stores, installation: 'nc-bench', lifecycle, log: silentLog, choice };
  const engine = startEngine(base, createRunTokens());
  return {
    home,
    engine,
    stores,
    end: endsOnce(async () => {
      engine.stopAccepting();
      await engine.liveAgents.stopAll();
      await engine.queue.stop();
      await lifecycle.stopAll();
      stores.database.close();
      rmSync(home, { recursive: true, force: true });
    }),
  };
}

let ids = 0;

export function messageFor(chatJid: ChatJid, content: string): InboundMessage {
  const timestamp = new Date().toISOString();
  return { id: `m${ids++}`, chatJid, sender: 'bench:ann', senderName: 'Ann', content, timestamp };
}
