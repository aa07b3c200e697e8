import { join } from 'node:path';
import { makeHome } from './bench-home.ts';
import type { Row } from './row.ts';
import { takeStampedTurns } from './stamped-turns.ts';

const RUNS = 60;
const ASKING_RUNNER = join(import.meta.dirname, 'asking-runner.mjs');

/** With a runner that asks the host in every turn like the tool does, and says how long the answer took. */
export const toolCall: Row = {
  id: 'B4',
  title: 'send_message: request written to answer read, in the sandbox',
  dependsOnDriver: true,
  async measure({ runs = RUNS }, { kind, environment }) {
    const home = makeHome({ driver: { kind, environment }, modelUrl: 'http://127.0.0.1:9' });
    try {
      const ours = await takeStampedTurns(home, { environment, runs, runner: ASKING_RUNNER, sampleOf: Number });
      const what = `${this.title} (${kind})`;
      const notes = ['without the Agent SDK, whose part is the same for every tool'];
      return [{ phase: 'measured', row: this.id, what, unit: 'ms', ours, rule: { by: 'value', atMost: 15 }, notes }];
    } finally {
      await home.remove();
    }
  },
};
