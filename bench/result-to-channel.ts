import { join } from 'node:path';
import { makeHome } from './bench-home.ts';
import { nowMs, type Row } from './row.ts';
import { takeStampedTurns } from './stamped-turns.ts';

const RUNS = 100;
const STAMPING_RUNNER = join(import.meta.dirname, 'stamping-runner.mjs');

/** With a runner that says when it wrote its result; the channel's `send` is looked at when it is called. */
export const resultToChannel: Row = {
  id: 'B3',
  title: 'result leaves the agent to channel send',
  dependsOnDriver: true,
  async measure({ runs = RUNS }, { kind, environment }) {
    const home = makeHome({ driver: { kind, environment }, modelUrl: 'http://127.0.0.1:9' });
    try {
      const sampleOf = (text: string): number => nowMs() - Number(text) / 1e6;
      const ours = await takeStampedTurns(home, { environment, runs, runner: STAMPING_RUNNER, sampleOf });
      const what = `${this.title} (${kind})`;
      return [{ phase: 'measured', row: this.id, what, unit: 'ms', ours, rule: { by: 'value', atMost: 10 } }];
    } finally {
      await home.remove();
    }
  },
};
