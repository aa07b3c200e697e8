import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import { planWorkspace } from '../agents/workspace-plan.ts';
import { createDialer } from '../gateway/dial.ts';
import { startGateway } from '../gateway/gateway-server.ts';
import { createRunTokens } from '../gateway/run-tokens.ts';
import {
  type GroupDirectories,
  groupDirectories,
  prepareGroupDirectories,
  prepareSharedDirectory,
} from '../groups/group-files.ts';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { silentLog } from '../kernel/log.ts';
import { CheckFacts, type CheckTrial } from '../sandboxes/check-facts.ts';
import { type CheckResult, judgeSandbox } from '../sandboxes/check-table.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import { trialOf, viewOf } from './sandbox-check-scene.ts';
import type { RunSettings } from './start-run.ts';

/** The group that is checked: none of the installation. */
const GROUP = 'check';

export interface SandboxCheckDeps {
  readonly driver: SandboxDriver;
  readonly settings: Pick<RunSettings, 'installation' | 'user' | 'limits' | 'timezone'>;
  /** `inside/sandbox-check.mjs`. */
  readonly script: string;
  /** Where its own folders are made for the time of the check. */
  readonly temporary: string;
  /** Paths of this installation that no sandbox sees. */
  readonly ownPlaces: readonly string[];
  readonly secrets: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

/**
 * Starts a sandbox as a group that is not main gets it, with a program in the runner's place that tries what a hostile
 * agent would try, and judges what came of it. Throws 'sandbox-failed' when there is nothing to judge.
 */
export async function checkSandbox(deps: SandboxCheckDeps): Promise<CheckResult[]> {
  const folder = mkdtempSync(join(deps.temporary, 'nanoclaw-check-'));
  const tokens = createRunTokens();
  const token = tokens.issue({ groupFolder: GROUP, runId: GROUP });
  const listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socketPath = join(folder, 'gateway.sock');
  const gateway = await startGateway({
    socketPath,
    upstream: { kind: 'socket', path: join(folder, 'nobody.sock') },
    credential: { scheme: 'none' },
    tokens,
    metering: { isSpent: () => false, onRequest: () => undefined },
    egress: {
      whyRefused: () => undefined,
      whyServiceRefused: () => undefined,
      judgeService: () => ({ kind: 'other' }),
      dial: createDialer(),
      onReport: () => undefined,
    },
    now: deps.now,
    log: silentLog,
  });
  try {
    const folders = prepareFolders(folder, deps);
    const trial = trialOf(deps, { token, port });
    const facts = await runInside(deps, { folders, socketPath, trial });
    const written = statSync(join(folders.group, 'written'), { throwIfNoEntry: false });
    return judgeSandbox(facts, { ...trial, ...viewOf(deps), writtenBy: written });
  } finally {
    await gateway.stop();
    listener.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Folders extends GroupDirectories {
  readonly global: string;
  readonly skills: string;
  readonly script: string;
}

/** The folders of a group, for the time of the check. */
function prepareFolders(folder: string, { script, settings }: SandboxCheckDeps): Folders {
  const at = (name: string): string => join(folder, name);
  const places = { groups: at('groups'), sessions: at('sessions'), mailboxes: at('mailboxes') };
  const directories = groupDirectories(places, GROUP);
  prepareGroupDirectories(directories, settings.user);
  for (const name of ['global', 'skills']) prepareSharedDirectory(at(name), settings.user);
  copyFileSync(script, at('runner.mjs'));
  chmodSync(at('runner.mjs'), 0o644);
  return { ...directories, global: at('global'), skills: at('skills'), script: at('runner.mjs') };
}

async function runInside(
  { driver, settings, now }: SandboxCheckDeps,
  { folders, socketPath, trial }: { folders: Folders; socketPath: string; trial: CheckTrial },
): Promise<CheckFacts> {
  const spec = planWorkspace({
    ...settings,
    group: { folder: GROUP, isMain: false },
    directories: folders,
    globalDirectory: folders.global,
    gatewaySocket: socketPath,
    skillsDirectory: folders.skills,
    furtherMounts: [{ source: folders.script, target: `${SANDBOX_PATHS.app}/runner.mjs`, mode: 'read-only' }],
    runId: newId('check'),
    nowMs: now(),
  });
  const sandbox = driver.start(spec);
  sandbox.stdin.on('error', () => undefined).end(JSON.stringify(trial));
  const [answer, errors, exit] = await Promise.all([text(sandbox.stdout), text(sandbox.stderr), sandbox.exited]);
  const facts = CheckFacts.safeParse(parse(answer));
  if (facts.success) return facts.data;
  const why = exit.kind === 'never-started' ? exit.detail : errors.trim().slice(-500) || JSON.stringify(exit);
  throw new NanoError('sandbox-failed', `the sandbox could not be checked: ${why}`);
}

function parse(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}
