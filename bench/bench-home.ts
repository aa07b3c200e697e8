import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOfflineHome } from '@nanoclaw/host/app.js';
import { type Config, loadConfig } from '@nanoclaw/host/config/config.js';
import { ensureMainGroup, registerGroup } from '@nanoclaw/host/flows/manage-groups.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import type { UsableDriver } from './row.ts';
import { endsOnce } from './tidy-up.ts';

/** A temporary home of the product with chats `local:chat-0`, `local:chat-1`, … registered besides `local:main`. */
export interface BenchHome {
  readonly config: Config;
  /** The environment that gives a host this home. */
  readonly environment: Record<string, string>;
  remove(): Promise<void>;
}

export interface HomeOptions {
  readonly driver: UsableDriver;
  /** Where the host sends model requests. */
  readonly modelUrl: string;
  readonly chats?: number;
  readonly settings?: Record<string, string>;
}

export const MAIN_CHAT = 'local:main' as ChatJid;

export const chatNumber = (index: number): ChatJid => `local:chat-${index}` as ChatJid;

export function makeHome({ driver, modelUrl, chats = 0, settings = {} }: HomeOptions): BenchHome {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-bench-'));
  const environment: Record<string, string> = {
    NANOCLAW_HOME: home,
    NANOCLAW_CONFIG_HOME: join(home, 'config'),
    SANDBOX: driver.kind,
    TZ: 'UTC',
    ANTHROPIC_API_KEY: 'bench-key-that-opens-nothing',
    ANTHROPIC_BASE_URL: modelUrl,
    ...imageSetting(driver),
    ...settings,
  };
  const config = loadConfig(environment, home);
  const { manage, close } = openOfflineHome(config);
  ensureMainGroup(manage);
  for (let index = 0; index < chats; index++) {
    const name = `chat-${index}`;
    registerGroup(manage, { jid: chatNumber(index), name, folder: name, requiresTrigger: false });
  }
  close();
  return { config, environment, remove: endsOnce(() => rmSync(home, { recursive: true, force: true })) };
}

function imageSetting({ environment }: UsableDriver): Record<string, string> {
  const image = environment['CONTAINER_IMAGE'];
  return image === undefined ? {} : { CONTAINER_IMAGE: image };
}
