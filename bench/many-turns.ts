import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import type { Row } from './row.ts';

const TURNS = 10_000;
const RUNS = 1;

/** Longest time that they may take, in milliseconds. */
const LIMIT_MS = 10 * 60_000;

export const manyTurns: Row = {
  id: 'B11',
  title: 'resident memory after 10,000 turns',
  dependsOnDriver: false,
  async measure({ runs = RUNS }) {
    const ours: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < runs; run++) {
      const { early, end } = await takeTurns();
      floor.push(early);
      ours.push(end);
    }
    const notes = ['the floor is the same process after its first 500 turns; garbage is collected before both'];
    const rule = { by: 'ratio', atMost: 1.1 } as const;
    return [{ phase: 'measured', row: this.id, what: this.title, unit: 'MB', ours, floor, rule, notes }];
  },
};

async function takeTurns(): Promise<{ early: number; end: number }> {
  const program = join(import.meta.dirname, 'turns-process.mjs');
  const options = { cwd: CHECKOUT, timeout: LIMIT_MS };
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, String(TURNS)], options);
  const megabytes = (when: string): number => Number(new RegExp(`^${when} (\\d+)$`, 'm').exec(stdout)?.[1]) / 1_024;
  return { early: megabytes('early'), end: megabytes('end') };
}
