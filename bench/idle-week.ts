import { SYSTEM_NATURE } from '@nanoclaw/host/app-chats.js';
import { createManualClock, insertTask, until } from '@nanoclaw/testkit';
import { makeHome } from './bench-home.ts';
import { startEngineInSandbox } from './engine-in-sandbox.ts';
import { startRecordingModel } from './recording-model.ts';
import type { Row } from './row.ts';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 7 * 24;

/** Tasks and how often each is due, in hours; every run has a sandbox of its own. */
const TASKS = 2;
const EVERY_HOURS = 4;

/** A week on a clock that is moved by hand, with the real runner in real sandboxes. */
export const idleWeek: Row = {
  id: 'B12',
  title: 'model requests of an idle week with tasks whose script finds nothing',
  dependsOnDriver: false,
  async measure(_context, driver) {
    const model = await startRecordingModel();
    const home = makeHome({ driver, modelUrl: model.url, settings: { MAX_CONCURRENT_CONTAINERS: String(TASKS) } });
    const clock = createManualClock();
    const nature = { ...SYSTEM_NATURE, clock };
    const { environment } = driver;
    const { engine, stores, end } = await startEngineInSandbox(home, { environment, nature, modelUrl: model.url });
    const count = (state: string): number =>
      Number(stores.database.prepare(`SELECT COUNT(*) FROM task_run_logs WHERE ${state}`).pluck().get());
    try {
      for (let task = 0; task < TASKS; task++) {
        const nextRun = new Date(clock.now() + (task + 1) * HOUR_MS).toISOString();
        const schedule = { type: 'interval', value: String(EVERY_HOURS * HOUR_MS), nextRun };
        insertTask(stores.database, { id: `task-${task}`, ...schedule, script: 'echo \'{"wakeAgent": false}\'' });
      }
      engine.tasks.wake();
      for (let hour = 0; hour < WEEK_HOURS; hour++) {
        await clock.advance(HOUR_MS);
        await until('every run that was due is over', () => count("status IN ('claimed', 'running')") === 0);
      }
      const [runs, failed] = [count("status = 'success'"), count("status = 'error'")];
      const isWhole = failed === 0 && runs === (TASKS * WEEK_HOURS) / EVERY_HOURS;
      const problem = isWhole ? {} : { problem: `${runs} runs were done and ${failed} failed` };
      const notes = [`${runs} runs of ${TASKS} tasks, each in a sandbox of its own with the real runner`];
      const row = { row: this.id, what: this.title, unit: '-', ours: [model.count()], notes, ...problem };
      return [{ phase: 'measured', ...row, rule: { by: 'value', atMost: 0 } }];
    } finally {
      await end();
      await home.remove();
      await model.close();
    }
  },
};
