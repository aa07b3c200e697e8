/** Facts of a log line. Units stand in the names (`ms`, `bytes`); never a secret, never message text. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: a constant dotted event name and its facts. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  fatal(event: string, fields?: LogFields): void;
}

/**
 * Passes on `maxLines` lines and then says once that the rest is left out: for events that a sandbox can cause as often
 * as it likes.
 */
export function limitLog(log: Log, maxLines: number): Log {
  let left = maxLines;
  const limited =
    (level: keyof Log) =>
    (event: string, fields?: LogFields): void => {
      if (left < 0) return;
      if (left > 0) log[level](event, fields);
      else log.warn('log.limited', { event, lines: maxLines });
      left--;
    };
  return {
    debug: limited('debug'),
    info: limited('info'),
    warn: limited('warn'),
    error: limited('error'),
    fatal: limited('fatal'),
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
