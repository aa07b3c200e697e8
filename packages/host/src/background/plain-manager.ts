import type { Clock } from '../kernel/clock.ts';
import { NanoError } from '../kernel/errors.ts';
import { isAlive, type ProcessIdentity } from '../kernel/process-identity.ts';
import { readPidFile, removePidFile, startDetached } from './plain-process-files.ts';
import type { ServiceManager } from './service-manager.ts';

/** How long a host may take to finish its work before it is ended, in milliseconds. */
const STOP_MS = 45_000;

const LOOK_EVERY_MS = 100;

export interface PlainDeps {
  readonly pidFile: string;
  readonly home: string;
  readonly clock: Clock;
}

/** Where no service manager answers: a process in the background, which nobody starts again and nothing starts at boot. */
export function createPlainManager({ pidFile, home, clock }: PlainDeps): ServiceManager {
  async function stop(): Promise<boolean> {
    const identity = readPidFile(pidFile);
    if (identity === undefined) return false;
    await endProcess(identity, clock);
    removePidFile(pidFile);
    return true;
  }

  return {
    kind: 'plain',
    detail: 'a process in the background: no service manager answers',
    print: ({ command }) => `${command.map((word) => JSON.stringify(word)).join(' ')}\n`,
    async install(plan) {
      await stop();
      try {
        const { pid } = await startDetached(plan, pidFile);
        const boot = 'nothing starts it at boot or after a crash: run nanoclaw service install then';
        return [`started process ${pid}, which prints to ${plan.outputFile}`, boot];
      } catch (cause) {
        throw new NanoError('service-failed', `cannot start ${plan.command[0]}`, { cause });
      }
    },
    uninstall: stop,
    async status() {
      const identity = readPidFile(pidFile);
      const isRunning = identity !== undefined && isAlive(identity);
      const facts = [`process ${identity?.pid}: ${isRunning ? 'running' : 'it has ended'}; it is not started at boot`];
      return {
        isInstalled: identity !== undefined,
        isRunning,
        startsAtBoot: false,
        file: pidFile,
        home,
        ...(isRunning && { pid: identity.pid }),
        facts: identity === undefined ? [] : facts,
      };
    },
  };
}

/** Asks it to end, and makes it end when it does not. A process that only has its number is left alone. */
async function endProcess(identity: ProcessIdentity, clock: Clock): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(identity)) return;
    process.kill(identity.pid, signal);
    const deadline = clock.now() + STOP_MS;
    while (isAlive(identity) && clock.now() < deadline) await clock.sleep(LOOK_EVERY_MS);
  }
}
