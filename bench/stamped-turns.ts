import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@nanoclaw/testkit';
import { type BenchHome, MAIN_CHAT } from './bench-home.ts';
import { startEngineInSandbox } from './engine-in-sandbox.ts';
import type { UsableDriver } from './row.ts';

const REST_MS = 50;

/**
 * One sample for each whole turn of a runner that answers with a number: message in, input file, result block, transaction,
 * send. `sampleOf` is asked when the channel's `send` is called.
 */
export async function takeStampedTurns(
  home: BenchHome,
  {
    environment,
    runs,
    runner,
    sampleOf,
  }: {
    environment: UsableDriver['environment'];
    runs: number;
    runner: string;
    sampleOf: (text: string) => number;
  },
): Promise<number[]> {
  const { engine, end } = await startEngineInSandbox(home, { environment, runner, modelUrl: 'http://127.0.0.1:9' });
  const samples: number[] = [];
  try {
    const { local } = engine;
    const send = local.send.bind(local);
    local.send = (outgoing) => {
      // What a tool has sent on the way is no answer.
      if (outgoing.isAnswer) samples.push(sampleOf(outgoing.text));
      return send(outgoing);
    };
    for (let turn = 0; turn <= runs; turn++) {
      local.say(MAIN_CHAT, `turn ${turn}`);
      await until('the result is sent', () => samples.length > turn);
      await sleep(REST_MS);
    }
  } finally {
    await end();
  }
  // The first comes while the sandbox is still new and everything on its way is used for the first time.
  return samples.slice(1);
}
