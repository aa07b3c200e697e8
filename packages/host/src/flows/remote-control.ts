import type { Clock } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { isAlive, type ProcessIdentity } from '../kernel/process-identity.ts';
import type { Recorder } from '../store/record-files.ts';
import type { remoteControlFiles, Session } from './remote-control-files.ts';

/** How long the program may take to say where its session is, in milliseconds (v1). */
export const URL_WITHIN_MS = 30_000;

/** How often it is looked, in milliseconds. */
const LOOK_MS = 200;

export interface RemoteControlDeps {
  readonly files: ReturnType<typeof remoteControlFiles>;
  /** The program, and where it works. */
  readonly command: string;
  readonly directory: string;
  readonly urlWithinMs?: number;
  readonly record: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}

export type RemoteControl = ReturnType<typeof createRemoteControl>;

/**
 * One session of Claude Code on this machine, outside of every sandbox. What is known of it is a file, so that a host that
 * starts again has it; what it prints goes to files that are neither logged nor sent, but for the address.
 */
export function createRemoteControl(deps: RemoteControlDeps) {
  const { files, record, clock, log } = deps;
  let isStarting = false;

  function note(what: string, session: Pick<Session, 'startedBy' | 'startedInChat'>): void {
    const { startedBy: by, startedInChat: chat } = session;
    log.info('remote-control.changed', { what });
    record.add({ kind: 'remote-control', group: 'main', detail: { what, by, chat }, now: clock.now() });
  }

  /** The session that can be used; one whose starter died before it had an address is ended. */
  function current(): Session | undefined {
    const session = files.find();
    if (session === undefined || session.url !== null || isStarting) return session;
    end();
    return undefined;
  }

  function end(): boolean {
    const session = files.find();
    files.remove();
    if (session === undefined) return false;
    stop(session);
    note('ended', session);
    return true;
  }

  async function start(by: { startedBy: string; startedInChat: string }): Promise<string> {
    const there = current();
    if (isStarting) return 'Remote Control is being started.';
    if (there?.url) return there.url;
    isStarting = true;
    try {
      const identity = await files.launch(deps.command, deps.directory);
      const session = { ...identity, ...by, url: null, startedAt: new Date(clock.now()).toISOString() };
      files.write(session);
      note('started', session);
      const url = await addressOf(deps, identity);
      if (url.startsWith('https://')) {
        files.write({ ...session, url });
        return url;
      }
      stop(identity);
      files.remove();
      note(`failed: ${url}`, session);
      return `Remote Control failed: ${url}`;
    } catch (error) {
      return `Remote Control failed: failed to start: ${describeError(error)}`;
    } finally {
      isStarting = false;
    }
  }

  return { current, start, end, trim: files.trim };
}

/** The address that the program prints, or why there is none. */
async function addressOf({ files, clock, urlWithinMs = URL_WITHIN_MS }: RemoteControlDeps, identity: ProcessIdentity) {
  const until = clock.now() + urlWithinMs;
  for (;;) {
    const isRunning = isAlive(identity);
    const [url] = /https:\/\/claude\.ai\/code[\w\-./?=&%#]*(?=\s)/.exec(files.printed()) ?? [];
    if (url !== undefined && isRunning) return url;
    if (!isRunning) return 'process exited before producing URL';
    if (clock.now() >= until) return 'timed out waiting for URL';
    await clock.sleep(LOOK_MS);
  }
}

/** The program and what it has started; the one that was started, never another with its number. */
function stop(identity: ProcessIdentity): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(-identity.pid, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}
