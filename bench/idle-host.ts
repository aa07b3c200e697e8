import { setTimeout as sleep } from 'node:timers/promises';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import type { Measurement } from '@nanoclaw/testkit';
import { makeHome } from './bench-home.ts';
import { memoryOf, processorMs } from './processes.ts';
import { alternate, type Row } from './row.ts';
import { HOST, hostEnvironment, type Started, startProcess } from './start-process.ts';

const RUNS = 7;
/** When memory is read after a start. */
const SETTLE_MS = 2_000;
/** Node goes on compiling and collecting garbage for some seconds after a start; that is not yet idling. */
const CALM_MS = 10_000;
const MEGABYTE = 2 ** 20;

/** Opens the database, says so, and sleeps. */
const FLOOR = `
const database = new (require('better-sqlite3'))(process.argv[1]);
database.prepare('SELECT count(*) FROM sqlite_master').get();
console.log('is ready');
setInterval(() => {}, 2 ** 30);`;

export const idleHost: Row = {
  id: 'B7',
  title: 'idle host',
  dependsOnDriver: true,
  async measure({ runs = RUNS, idleMs, say }, driver) {
    const home = makeHome({ driver, modelUrl: 'http://127.0.0.1:9' });
    const environment = hostEnvironment(driver, home);
    const floorArguments = ['-e', FLOOR, homePaths(home.config.home).database];
    const startHost = () => startProcess(HOST, environment);
    const startFloor = () => startProcess(floorArguments, environment);
    const memory = { ours: [] as number[], floor: [] as number[] };
    try {
      const startAndLook = async (start: () => Promise<Started>, resident: number[]): Promise<number> => {
        const started = await start();
        await sleep(SETTLE_MS);
        resident.push(memoryOf([started.pid]).resident / MEGABYTE);
        await started.end();
        return started.readyMs;
      };
      const ready = await alternate({
        count: runs,
        ours: () => startAndLook(startHost, memory.ours),
        floor: () => startAndLook(startFloor, memory.floor),
      });
      say(`B7 idle for ${idleMs / 1_000} s`);
      const use = await idleUse(startHost, startFloor, idleMs);
      return rows(this.id, { ready, memory, use, idleMs, kind: driver.kind });
    } finally {
      await home.remove();
    }
  },
};

interface Sides {
  readonly ours: readonly number[];
  readonly floor: readonly number[];
}

function rows(
  row: string,
  found: { ready: Sides; memory: Sides; use: Sides; idleMs: number; kind: string },
): Measurement[] {
  const { ready, memory, use, idleMs, kind } = found;
  // The pair before the counted ones is not counted for memory either.
  const resident = { ours: memory.ours.slice(1), floor: memory.floor.slice(1) };
  const seconds = `${idleMs / 1_000} s`;
  return [
    {
      ...{ phase: 'measured', row, what: `idle host: time to ready (${kind})`, unit: 'ms', ...ready },
      rule: { by: 'difference', atMost: 300 },
    },
    {
      ...{ phase: 'measured', row, what: `idle host: resident memory (${kind})`, unit: 'MB', ...resident },
      rule: { by: 'ratio', atMost: 1.5 },
    },
    {
      ...{ phase: 'measured', row, what: `idle host: processor over ${seconds} (${kind})`, unit: '%', ...use },
      rule: { by: 'value', atMost: 0.1 },
      notes: [`counted from ${CALM_MS / 1_000} s after the start, in steps of ${(1_000 / idleMs).toFixed(3)} %`],
    },
  ];
}

/** Percent of one core that each takes while both sleep side by side. */
async function idleUse(
  startHost: () => Promise<Started>,
  startFloor: () => Promise<Started>,
  idleMs: number,
): Promise<Sides> {
  const host = await startHost();
  const floor = await startFloor();
  try {
    await sleep(CALM_MS);
    const before = [host, floor].map(({ pid }) => processorMs(pid));
    await sleep(idleMs);
    const [ours = 0, bare = 0] = [host, floor].map(({ pid }, index) => processorMs(pid) - (before[index] ?? 0));
    return { ours: [(100 * ours) / idleMs], floor: [(100 * bare) / idleMs] };
  } finally {
    await Promise.all([host.end(), floor.end()]);
  }
}
