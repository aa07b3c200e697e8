import { readFileSync, statSync } from 'node:fs';
import { OLD_LOGS_KEPT } from '../kernel/pino-log.ts';
import type { RecordEntry } from '../store/record-files.ts';
import { localTime } from './local-time.ts';
import { neutralise } from './terminal-text.ts';

/** One line of a log, as an object. */
export type LogLine = Readonly<Record<string, unknown>>;

/** What a line is about, for `--group`: the host calls it `group`, the gateway `groupFolder`. */
export function groupOf(line: LogLine): unknown {
  return line['group'] ?? line['groupFolder'];
}

/** Lines of a log file and the older ones beside it, the oldest first. What is no JSON is left out. */
export function readLogLines(file: string): LogLine[] {
  const older = Array.from({ length: OLD_LOGS_KEPT }, (_, index) => `${file}.${OLD_LOGS_KEPT - index}`);
  const names = [...older, file];
  return names
    .filter((name) => statSync(name, { throwIfNoEntry: false }))
    .flatMap((name) => parseLines(readFileSync(name, 'utf8')));
}

export function parseLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null ? [value as LogLine] : [];
    } catch {
      return [];
    }
  });
}

const LEVELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** A line of `host.log` for people. */
export function formatLogLine(line: LogLine, timezone: string): string {
  const { level, time, event, ...fields } = line;
  const head = [localTime(String(time), timezone), (LEVELS[Number(level)] ?? '').padEnd(5), String(event)];
  return oneLine([...head, ...Object.entries(fields).map(pair)]);
}

/** An entry of the record for people. */
export function formatEntry({ seq, at, kind, group, detail }: RecordEntry, timezone: string): string {
  const head = [String(seq), localTime(at, timezone), group];
  if (kind !== 'egress') return oneLine([...head, kind, ...Object.entries(detail).map(pair)]);
  const { method, host, port, outcome, bytesOut, bytesIn } = detail;
  const { address, refused } = (outcome ?? {}) as { address?: unknown; refused?: unknown };
  const end = refused === undefined ? `${address} out=${bytesOut} in=${bytesIn}` : `refused: ${refused}`;
  return oneLine([...head, `${method} ${host}:${port}`, end]);
}

function pair([name, value]: [string, unknown]): string {
  return `${name}=${short(value)}`;
}

function short(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function oneLine(parts: readonly string[]): string {
  return neutralise(parts.join(' ')).replaceAll('\n', '\u240a');
}
