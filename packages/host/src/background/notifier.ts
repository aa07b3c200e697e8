import { type Clock, startLoop } from '../kernel/clock.ts';
import type { RunProgram } from './run-program.ts';

/** Tells whoever started the host how it is; does nothing where nobody asked. */
export interface Notifier {
  ready(): Promise<void>;
  stopping(): Promise<void>;
}

/** What systemd asks of a service in its environment (sd_notify(3), sd_watchdog_enabled(3)). */
export interface NotifyWish {
  readonly socket: string;
  /** How long the host may be silent, in milliseconds; undefined for as long as it likes. */
  readonly watchdogMs: number | undefined;
}

/**
 * Takes the wish out of the environment: a container engine that inherits it would take the socket for its own and tell
 * systemd of a container.
 */
export function takeNotifyWish(environment: Record<string, string | undefined>, pid: number): NotifyWish | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: period, WATCHDOG_PID: meant } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (!socket) return undefined;
  const isForUs = meant === undefined || meant === '' || Number(meant) === pid;
  const watchdogMs = Math.floor(Number(period) / 1_000);
  return { socket, watchdogMs: isForUs && watchdogMs > 0 ? watchdogMs : undefined };
}

/**
 * Node.js has no datagram sockets of the Unix kind, so `systemd-notify`, which comes with systemd, sends the words; the unit
 * has NotifyAccess=all for it. A host whose event loop hangs starts no such child, and systemd starts it anew.
 */
export function createNotifier(
  wish: NotifyWish | undefined,
  { run, clock, warn }: { run: RunProgram; clock: Clock; warn: (why: string) => void },
): Notifier {
  const ended = new AbortController();
  let isBroken = false;
  async function send(...words: string[]): Promise<void> {
    const { code, stderr } = await run('systemd-notify', ...words);
    if (code === 0 || isBroken) return;
    isBroken = true;
    warn(`systemd cannot be told how the host is: ${stderr.trim()}`);
  }
  return {
    async ready() {
      if (wish === undefined) return;
      await send('--ready');
      const { watchdogMs } = wish;
      if (watchdogMs === undefined) return;
      const body = () => send('WATCHDOG=1');
      startLoop({ clock, everyMs: watchdogMs / 2, signal: ended.signal, body, onError: () => undefined });
    },
    async stopping() {
      ended.abort();
      if (wish !== undefined) await send('STOPPING=1');
    },
  };
}
