import { setTimeout as sleep } from 'node:timers/promises';
import { makePlace, openBareSession, runnerOptions } from './bare-session.ts';
import { MAIN_CHAT } from './bench-home.ts';
import { startLiveHost } from './live-host.ts';
import { messagePrompt } from './message-prompt.ts';
import { startRecordingModel } from './recording-model.ts';
import { alternate, nowMs, type Row } from './row.ts';

const RUNS = 40;
/** A sandbox that answered has some tidying up to do; people answer later than this. */
const REST_MS = 250;

export const warmTurn: Row = {
  id: 'B2',
  title: 'warm turn: follow-up to model request',
  dependsOnDriver: true,
  async measure({ runs = RUNS }, driver) {
    const host = await startLiveHost({ driver });
    const model = await startRecordingModel();
    const place = makePlace();
    const bare = openBareSession(runnerOptions(place, model.url));
    try {
      await host.timeToModel(MAIN_CHAT, 'hello');
      await host.answered(MAIN_CHAT);
      await bare.push(messagePrompt(1, 'hello'));
      const samples = await alternate({
        count: runs,
        async ours(index) {
          await sleep(REST_MS);
          const ms = await host.timeToModel(MAIN_CHAT, `follow-up ${index}`);
          await host.answered(MAIN_CHAT);
          return ms;
        },
        async floor(index) {
          await sleep(REST_MS);
          const before = model.count();
          const text = messagePrompt(2 * index + 3, `follow-up ${index}`);
          const startMs = nowMs();
          await bare.push(text);
          return (await model.requestAfter(before)).receivedAtMs - startMs;
        },
      });
      const what = `${this.title} (${driver.kind})`;
      const rule = { by: 'difference', atMost: 10 } as const;
      return [{ phase: 'measured', row: this.id, what, unit: 'ms', ...samples, rule }];
    } finally {
      await bare.end();
      await host.end();
      await model.close();
      await place.remove();
    }
  },
};
