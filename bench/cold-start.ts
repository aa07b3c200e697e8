import { chatNumber } from './bench-home.ts';
import { startHandStarter } from './hand-starter.ts';
import { startLiveHost } from './live-host.ts';
import type { Row } from './row.ts';
import { alternate } from './row.ts';

const RUNS = 10;

export const coldStart: Row = {
  id: 'B1',
  title: 'cold start: message to first model request',
  dependsOnDriver: true,
  async measure({ runs = RUNS }, driver) {
    // Every sample has a chat of its own, so that none finds a sandbox, a session or an agent's settings.
    const chats = runs + 1;
    const host = await startLiveHost({ driver, chats, settings: { IDLE_TIMEOUT: '100' } });
    try {
      const hand = await startHandStarter({ driver, chats });
      try {
        const samples = await alternate({
          count: runs,
          async ours(index) {
            const ms = await host.timeToModel(chatNumber(index), 'hello');
            await host.answered(chatNumber(index));
            await host.empty();
            return ms;
          },
          floor: (index) => hand.timeToModel(index),
        });
        const what = `${this.title} (${driver.kind})`;
        return [{ phase: 'measured', row: this.id, what, unit: 'ms', ...samples, rule: { by: 'ratio', atMost: 1.15 } }];
      } finally {
        await hand.end();
      }
    } finally {
      await host.end();
    }
  },
};
