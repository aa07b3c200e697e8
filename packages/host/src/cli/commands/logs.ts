import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { homePaths } from '../../config/home-files.ts';
import { NanoError } from '../../kernel/errors.ts';
import { parseEntry, type RecordEntry, readRecord } from '../../store/record-files.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import { formatEntry, formatLogLine, groupOf, type LogLine, parseLines, readLogLines } from '../log-lines.ts';
import { watchStopSignals } from '../stop-signals.ts';

/** How often a followed file is looked at, in milliseconds. */
const FOLLOW_MS = 250;

const DEFAULT_LINES = 50;
const MAX_LINES = 1_000_000;

interface LogsOptions {
  readonly lines: number;
  readonly follow?: true;
  readonly group?: string;
  readonly egress?: true;
  readonly record?: true;
  readonly verify?: true;
  readonly json?: true;
}

export function addLogsCommand(program: Command, context: CommandContext): void {
  program
    .command('logs')
    .description('print what the host has logged, or what agents have reached of the internet')
    .option('-n, --lines <n>', 'how many, the newest', lineCount, DEFAULT_LINES)
    .option('-f, --follow', 'go on with what comes, until ^C')
    .option('--group <folder>', 'only what concerns this group')
    .option('--egress', 'the record of what agents have reached, or wished to reach, of the internet')
    .option('--record', 'all that is recorded: that, mounts, texts sent, refused requests, registrations')
    .option('--verify', 'check that nobody has changed the record; exit code 1 when somebody has')
    .option('--json', 'print a JSON array, with --follow one object a line')
    .action((options: LogsOptions) => runLogs(options, context));
}

async function runLogs(options: LogsOptions, context: CommandContext): Promise<void> {
  if (options.verify) return verify(options, context);
  const { deps, out } = context;
  const { logs, record } = homePaths(deps.config().home);
  const isRecord = options.egress || options.record;
  const file = isRecord ? record : join(logs, 'host.log');
  const isMeant = (line: LogLine): boolean =>
    (options.group === undefined || groupOf(line) === options.group) &&
    (!options.egress || options.record || line['kind'] === 'egress');
  const all = isRecord ? readRecord(record).entries : readLogLines(file);
  const meant = all.filter(isMeant).slice(-options.lines);
  if (options.json && !options.follow) return out.json(meant);
  const { timezone } = deps.config();
  const format = (line: LogLine): string => {
    if (options.json) return JSON.stringify(line);
    const entry = isRecord ? parseEntry(JSON.stringify(line)) : undefined;
    return entry === undefined ? formatLogLine(line, timezone) : formatEntry(entry, timezone);
  };
  if (meant.length === 0) out.note(`nothing is in ${file} yet`);
  for (const line of meant) out.print(format(line));
  if (options.follow) await follow(file, { show: (line) => isMeant(line) && out.print(format(line)) }, context);
}

function verify(
  { egress, record: isAll, follow: isFollowed, json }: LogsOptions,
  { deps, out, finish }: CommandContext,
): void {
  if (egress || isAll || isFollowed) throw new NanoError('usage', '--verify stands alone');
  const { record } = homePaths(deps.config().home);
  const { entries, problems } = readRecord(record);
  const range = rangeOf(entries);
  if (json) out.json({ file: record, entries: entries.length, ...range, problems });
  else out.print([...problems, `${entries.length} entries, ${problems.length} problems`].join('\n'));
  if (problems.length > 0) finish(EXIT.failed);
}

function rangeOf(entries: readonly RecordEntry[]): { first?: number; last?: number; hash?: string } {
  const [first, last] = [entries[0], entries.at(-1)];
  return first && last ? { first: first.seq, last: last.seq, hash: last.hash } : {};
}

/** Reads on from the end of a file as it is now; a file that was put aside because it was full is read to its end. */
async function follow(
  file: string,
  { show }: { show: (line: LogLine) => unknown },
  { deps, out }: CommandContext,
): Promise<void> {
  const stops = watchStopSignals(deps);
  const signal = AbortSignal.any([stops.first, out.closed]);
  let { size: at, ino } = lookAt(file);
  // Bytes: a character may be cut in two.
  let rest = Buffer.alloc(0);
  function readOn(name: string, size: number): void {
    rest = Buffer.concat([rest, readFrom(name, at, Math.max(0, size - at))]);
    at = size;
    const end = rest.lastIndexOf('\n') + 1;
    for (const line of parseLines(rest.toString('utf8', 0, end))) show(line);
    rest = rest.subarray(end);
  }
  while (!signal.aborted) {
    await deps.sleep(FOLLOW_MS, signal);
    const now = lookAt(file);
    const old = lookAt(`${file}.1`);
    if (now.ino !== ino) {
      if (old.ino === ino && old.ino !== 0) readOn(`${file}.1`, old.size);
      [at, rest, ino] = [0, Buffer.alloc(0), now.ino];
    }
    if (now.size !== at) readOn(file, now.size);
  }
  stops.end();
}

/** What is not there is empty and has no inode. */
function lookAt(file: string): { size: number; ino: number } {
  return statSync(file, { throwIfNoEntry: false }) ?? { size: 0, ino: 0 };
}

function readFrom(file: string, position: number, length: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position));
  } finally {
    closeSync(descriptor);
  }
}

function lineCount(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  if (value < 0 || value > MAX_LINES) throw new InvalidArgumentError(`It is a whole number up to ${MAX_LINES}.`);
  return value;
}
