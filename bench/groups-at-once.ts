import { chatNumber } from './bench-home.ts';
import { startLiveHost } from './live-host.ts';
import { alternate, nowMs, type Row } from './row.ts';

const RUNS = 5;
const GROUPS = 5;

export const groupsAtOnce: Row = {
  id: 'B8',
  title: 'five groups answered at once',
  dependsOnDriver: true,
  async measure({ runs = RUNS }, driver) {
    // Every group of every sample is new: none finds a sandbox, a session or an agent's settings.
    const chats = (runs + 1) * GROUPS * 2;
    const host = await startLiveHost({ driver, chats, settings: { IDLE_TIMEOUT: '100' } });
    let next = 0;
    const five = () => Array.from({ length: GROUPS }, () => chatNumber(next++));
    const ask = (chat: ReturnType<typeof chatNumber>): Promise<void> =>
      new Promise((resolve) => {
        const leave = host.running.local.watch(chat, (event) => {
          if (event.kind !== 'message' || event.message.from !== 'assistant') return;
          leave();
          resolve();
        });
        host.running.local.say(chat, 'hello');
      });
    const time = async (work: () => Promise<unknown>): Promise<number> => {
      const startMs = nowMs();
      await work();
      const ms = nowMs() - startMs;
      await host.empty();
      return ms;
    };
    try {
      const samples = await alternate({
        count: runs,
        ours: () => time(() => Promise.all(five().map(ask))),
        floor: () =>
          time(async () => {
            for (const chat of five()) await ask(chat);
          }),
      });
      const what = `${this.title} (${driver.kind})`;
      const notes = ['the floor is the same host that answers five groups one after another'];
      return [
        { phase: 'measured', row: this.id, what, unit: 'ms', ...samples, rule: { by: 'ratio', atMost: 0.65 }, notes },
      ];
    } finally {
      await host.end();
    }
  },
};
