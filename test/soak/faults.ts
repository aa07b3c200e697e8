import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TelegramFault, TelegramServer } from '@nanoclaw/testkit';
import type { Chance } from '../simulation/chance.ts';
import { descendantsOf } from './footprint.ts';

/** Longest time that the whole host stands still, in milliseconds, as on a machine that swaps or sleeps. */
const MAX_STANDSTILL_MS = 1_500;

interface World {
  readonly host: ChildProcess;
  readonly telegram: TelegramServer;
  readonly chance: Chance;
}

/** What happens to a host that otherwise lives in peace, by name. */
export const SOAK_FAULTS = {
  'a sandbox is killed': async ({ host, chance }) => {
    const victims = descendantsOf(host.pid!);
    if (victims.length > 0) kill(chance.pick(victims), 'SIGKILL');
  },
  'the host stands still': async ({ host, chance }) => {
    host.kill('SIGSTOP');
    await sleep(chance.between(200, MAX_STANDSTILL_MS));
    host.kill('SIGCONT');
  },
  'Telegram asks to wait': meet('sendMessage', { status: 429, retryAfter: 1, description: 'Too Many Requests' }),
  'Telegram is ill': meet('sendMessage', { status: 502 }),
  'Telegram gives nothing': meet('getUpdates', { status: 502 }),
  'a send breaks off before it': meet('sendMessage', 'break-before'),
  'a send breaks off after it': meet('sendMessage', 'break-after'),
  'all connections break': async ({ telegram }) => telegram.drop(),
} satisfies Record<string, (world: World) => Promise<void>>;

export type SoakFault = keyof typeof SOAK_FAULTS;

/** The next one to three requests of a method meet this. */
function meet(method: string, does: TelegramFault['does']) {
  return async ({ telegram, chance }: World): Promise<void> => {
    telegram.faults.push({ method, does, times: chance.between(1, 3) });
  };
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
