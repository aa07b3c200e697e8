import { accessSync, chmodSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NanoError } from '../kernel/errors.ts';

/** Longest path a Unix socket may have on Linux, in bytes, without the closing zero. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Every place under the home that the host uses. */
export interface HomePaths {
  readonly home: string;
  readonly database: string;
  /** What logs channels in; only backups with secrets hold it. */
  readonly channelAuth: string;
  readonly groups: string;
  readonly sessions: string;
  readonly mailboxes: string;
  readonly logs: string;
  /** What the product teaches its agents, a folder for each group. */
  readonly skills: string;
  /** Copies of what agents have sent. */
  readonly files: string;
  /** Copies of the database. */
  readonly backups: string;
  readonly lock: string;
  readonly controlSocket: string;
  readonly gatewaySocket: string;
  readonly practiceSocket: string;
  readonly installationFile: string;
  /** What sandboxes trust when OneCLI opens their connections. */
  readonly certificates: string;
  /** What agents have caused outside their sandboxes. */
  readonly record: string;
}

export function homePaths(home: string): HomePaths {
  const data = join(home, 'data');
  return {
    home,
    database: join(home, 'store', 'messages.db'),
    channelAuth: join(home, 'store', 'auth'),
    groups: join(home, 'groups'),
    sessions: join(data, 'sessions'),
    mailboxes: join(data, 'ipc'),
    logs: join(data, 'logs'),
    files: join(data, 'files'),
    skills: join(data, 'skills'),
    backups: join(home, 'backups'),
    lock: join(data, 'nanoclaw.lock'),
    controlSocket: join(data, 'nanoclaw.sock'),
    gatewaySocket: join(data, 'gateway', 'gateway.sock'),
    practiceSocket: join(data, 'gateway', 'model.sock'),
    installationFile: join(data, 'installation-id'),
    certificates: join(data, 'onecli-certificates.pem'),
    record: join(data, 'logs', 'record.jsonl'),
  };
}

/**
 * Creates the host's own directories, and closes them to other users also where an earlier release left them open: they
 * hold everybody's messages, and files that an agent may have marked set-uid. Throws 'home-unusable' with the directory
 * at fault.
 */
export function prepareHome(paths: HomePaths): void {
  for (const socket of [paths.controlSocket, paths.gatewaySocket]) {
    if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES) {
      const why = `${socket} is longer than the ${MAX_SOCKET_PATH_BYTES} bytes a socket path may have`;
      throw new NanoError('home-unusable', `${why}: set NANOCLAW_HOME to a shorter path`);
    }
  }
  const { groups, sessions, mailboxes, logs, files, backups } = paths;
  const own = [join(paths.home, 'store'), join(paths.home, 'data'), join(paths.home, 'data', 'gateway')];
  for (const directory of [paths.home, ...own, groups, sessions, mailboxes, logs, files, backups]) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o755 });
      if (directory !== paths.home) chmodSync(directory, 0o700);
      accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (cause) {
      const isReadOnly = cause instanceof Error && 'code' in cause && cause.code === 'EROFS';
      const why = isReadOnly ? 'its file system is read-only' : 'it must be a directory this user may write';
      throw new NanoError('home-unusable', `cannot use ${directory}: ${why}`, { cause });
    }
  }
}
