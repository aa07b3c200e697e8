import { renameSync, statSync } from 'node:fs';
import { pino } from 'pino';
import type { Log } from './log.ts';

/** Keys whose values are never written, wherever they stand in the fields of a line. */
const SECRET_KEYS = ['secret', 'token', 'authorization', 'apiKey', 'nonce', 'cookie'];

export interface LogTargets {
  readonly level: string;
  /** File that gets every line as JSON. */
  readonly file: string;
  readonly alsoStderr: boolean;
  /** Values that must never appear, whatever field they got into. */
  readonly secrets: readonly string[];
}

/** Largest log file, in bytes; a full one becomes `<file>.1`, which becomes `<file>.2` … */
export const MAX_LOG_BYTES = 10 * 2 ** 20;

/** Older files that are kept beside the one that is written. */
export const OLD_LOGS_KEPT = 4;

export interface PinoLog {
  readonly log: Log;
  flush(): void;
  /** Begins a new file when this one is full. */
  rotate(): void;
}

/** A log of JSON lines through pino. Secrets are removed by key, and by value from the finished line. */
export function createPinoLog(targets: LogTargets): PinoLog {
  const file = pino.destination({ dest: targets.file, append: true, mkdir: true, sync: true, mode: 0o600 });
  const sinks = targets.alsoStderr ? [file, pino.destination({ dest: 2, sync: true })] : [file];
  const logger = pino(
    {
      level: targets.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
      hooks: { streamWrite: (line) => withoutSecrets(line, targets.secrets) },
    },
    pino.multistream(sinks.map((stream) => ({ level: 'trace', stream }))),
  );
  const log: Log = {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
    fatal: (event, fields = {}) => logger.fatal(fields, event),
  };
  return {
    log,
    flush: () => file.flushSync(),
    rotate() {
      if (moveFullLog(targets.file)) file.reopen();
    },
  };
}

function moveFullLog(file: string): boolean {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  // A file that somebody has removed is written on without a name, which nobody can read: it is made anew.
  if (bytes !== undefined && bytes < MAX_LOG_BYTES) return false;
  if (bytes === undefined) return true;
  const nameOf = (age: number): string => (age === 0 ? file : `${file}.${age}`);
  for (let age = OLD_LOGS_KEPT; age > 0; age--) {
    if (statSync(nameOf(age - 1), { throwIfNoEntry: false })) renameSync(nameOf(age - 1), nameOf(age));
  }
  return true;
}

/** Also finds a secret that is escaped because it stands in JSON. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return forms.reduce((line, form) => line.replaceAll(form, '[redacted]'), text);
}
