import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError } from '@nanoclaw/host/kernel/errors.js';
import { formatTable, type JudgedRow, judgeRow, type Measurement } from '@nanoclaw/testkit';
import { coldStart } from './cold-start.ts';
import { fiftyGroups } from './fifty-groups.ts';
import { findDrivers } from './find-drivers.ts';
import { firstRequestSize } from './first-request-size.ts';
import { groupsAtOnce } from './groups-at-once.ts';
import { growth } from './growth.ts';
import { idleHost } from './idle-host.ts';
import { idleMemory } from './idle-memory.ts';
import { idleWeek } from './idle-week.ts';
import { inboxRate } from './inbox-rate.ts';
import { manyTurns } from './many-turns.ts';
import { resultToChannel } from './result-to-channel.ts';
import { routing } from './routing.ts';
import type { BenchContext, Row } from './row.ts';
import { tidyUpOnSignals } from './tidy-up.ts';
import { toolCall } from './tool-call.ts';
import { warmTurn } from './warm-turn.ts';

const ROWS: readonly Row[] = [
  coldStart,
  warmTurn,
  resultToChannel,
  toolCall,
  inboxRate,
  routing,
  idleHost,
  groupsAtOnce,
  firstRequestSize,
  idleMemory,
  manyTurns,
  idleWeek,
  fiftyGroups,
  growth,
];
const RESULTS = join(import.meta.dirname, 'results');

tidyUpOnSignals();
process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = readArguments();
  const rows = chooseRows(positionals);
  const drivers = await findDrivers(driverKind(values.driver));
  const context: BenchContext = {
    drivers: drivers.usable,
    runs: values.runs === undefined ? undefined : positive('--runs', values.runs),
    idleMs: positive('--idle-seconds', values['idle-seconds']) * 1_000,
    say: (line) => void process.stderr.write(`bench: ${line}\n`),
  };
  for (const refusal of drivers.refusals) context.say(`not used: ${refusal}`);
  const before = machine();
  const judged: JudgedRow[] = [];
  for (const row of rows) {
    const why = drivers.refusals.join('; ');
    for (const measurement of await measure(row, context, why)) judged.push(judgeRow(measurement));
  }
  await drivers.stop();
  report(judged, { before, asJson: values.json });
  return values.strict && judged.some(({ verdict }) => verdict !== 'ok') ? 1 : 0;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        runs: { type: 'string' },
        driver: { type: 'string' },
        'idle-seconds': { type: 'string', default: '60' },
        json: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(`${describeError(error)}; --help lists the options`);
  }
}

/** A row that fails, or has no driver, becomes a line that says so. */
async function measure(row: Row, context: BenchContext, refusals: string): Promise<Measurement[]> {
  const [first] = context.drivers;
  if (first === undefined) return [notMeasured(row, refusals)];
  const measurements: Measurement[] = [];
  for (const driver of row.dependsOnDriver ? context.drivers : [first]) {
    context.say(`${row.id} ${row.title} (${driver.kind})`);
    try {
      measurements.push(...(await row.measure(context, driver)));
    } catch (error) {
      measurements.push(notMeasured(row, `${driver.kind}: ${describeError(error)}`));
    }
  }
  return measurements;
}

function notMeasured({ id, title }: Row, why: string): Measurement {
  return { phase: 'not-measured', row: id, what: title, why };
}

function report(rows: readonly JudgedRow[], how: { before: ReturnType<typeof machine>; asJson: boolean }): void {
  const result = {
    at: new Date().toISOString(),
    command: process.argv.slice(2),
    before: how.before,
    after: machine(),
    rows,
  };
  const json = `${JSON.stringify(result, null, 2)}\n`;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, 'latest.json'), json);
  process.stdout.write(how.asJson ? json : `${formatTable(rows)}\n`);
}

/** What the figures depend on besides the code: the load shows who else was at work. */
function machine() {
  const [cpu] = cpus();
  return { cores: cpus().length, cpu: cpu?.model, memoryBytes: totalmem(), node: process.version, load: loadavg() };
}

function chooseRows(names: readonly string[]): readonly Row[] {
  const wanted = names.map((name) => name.toUpperCase());
  const unknown = wanted.filter((name) => !ROWS.some(({ id }) => id === name));
  if (unknown.length > 0)
    fail(`there is no row ${unknown.join(', ')}; there are ${ROWS.map(({ id }) => id).join(', ')}`);
  return wanted.length === 0 ? ROWS : ROWS.filter(({ id }) => wanted.includes(id));
}

function driverKind(name: string | undefined): 'docker' | 'bubblewrap' | undefined {
  if (name === undefined || name === 'docker' || name === 'bubblewrap') return name;
  return fail(`--driver is ${name}, but must be docker or bubblewrap`);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0
    ? value
    : fail(`${option} is ${text}, but must be a whole number above 0`);
}

function fail(sentence: string): never {
  process.stderr.write(`bench: ${sentence}\n`);
  process.exit(2);
}
