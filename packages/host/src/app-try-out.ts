import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complaint, createRunProgram } from './background/run-program.ts';
import type { Config } from './config/config.ts';
import { VARIABLES } from './config/variables.ts';
import type { RestoreRequest } from './flows/archive-manifest.ts';
import { type ManageGroupsDeps, registerGroup } from './flows/manage-groups.ts';
import type { ManageTasksDeps } from './flows/manage-tasks.ts';
import { asChatJid } from './messages/message.ts';

/** Where the new version is asked; no chat of the owner's is touched. */
const CHAT = 'local:update-check';
const FOLDER = 'update-check';

/** A sandbox that has to be made for the first time takes its time. */
const ANSWER_SECONDS = 300;

export interface TryOutDeps {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly restore: (config: Config, request: RestoreRequest) => Promise<unknown>;
  readonly openHome: (config: Config) => {
    readonly manage: ManageGroupsDeps;
    readonly manageTasks: ManageTasksDeps;
    close(): void;
  };
}

/**
 * Has the version in `stage` take over a copy of the home, and answer one question from a real sandbox. The copy has no
 * keys, so the practice model answers, no chat app is connected, and no task runs. Throws with the last that it said.
 */
export async function tryOut(deps: TryOutDeps, { stage, backup }: { stage: string; backup: string }): Promise<void> {
  // A short path: sockets lie below it.
  const home = mkdtempSync(join(tmpdir(), 'nc-try-'));
  try {
    const config: Config = { ...deps.config, home, configHome: join(home, 'config') };
    await deps.restore(config, { file: backup, isCheck: false, force: false });
    makeHarmless(deps, config);
    const run = createRunProgram(environmentOf(deps, config), (ANSWER_SECONDS + 60) * 1_000);
    const program = join(stage, 'packages', 'host', 'bin', 'nanoclaw.mjs');
    const question = ['--chat', CHAT, '--timeout', String(ANSWER_SECONDS), 'are you there?'];
    const end = await run(process.execPath, program, 'chat', ...question);
    if (end.code !== 0) throw new Error(complaint(end));
    if (end.stdout.trim() === '') throw new Error('its answer was empty');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function makeHarmless({ openHome }: TryOutDeps, config: Config): void {
  const { manage, manageTasks, close } = openHome(config);
  try {
    for (const { id, status } of manageTasks.tasks.details()) {
      if (status === 'active') manageTasks.tasks.pause(id, 'a new version is tried out');
    }
    const jid = asChatJid(CHAT);
    if (jid !== undefined) registerGroup(manage, { jid, name: FOLDER, folder: FOLDER, requiresTrigger: false });
  } finally {
    close();
  }
}

/** What programs need, and none of the owner's settings but those of the sandbox. */
function environmentOf({ environment }: TryOutDeps, { home, configHome, variables }: Config): Record<string, string> {
  const settings = new Set(Object.keys(VARIABLES.shape));
  const kept = Object.entries(environment).filter(([name]) => !settings.has(name));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    NANOCLAW_HOME: home,
    NANOCLAW_CONFIG_HOME: configHome,
    SANDBOX: variables.SANDBOX,
    CONTAINER_IMAGE: variables.CONTAINER_IMAGE,
  };
}
