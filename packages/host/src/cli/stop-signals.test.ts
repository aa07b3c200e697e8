import { expect, test } from 'vitest';
import { aborted } from './command-context.ts';
import { watchStopSignals } from './stop-signals.ts';

test('many may wait for the signals at once, as the tries of a locked home do, without a warning of Node', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', onWarning);
  const stops = watchStopSignals({ onStopSignal: () => () => {} });

  const waiting = Array.from({ length: 50 }, () => [aborted(stops.first), aborted(stops.second)]).flat();
  // Node tells warnings after the current work.
  await new Promise(setImmediate);
  stops.press();
  stops.press();
  await Promise.all(waiting);
  process.off('warning', onWarning);

  expect(warnings).toEqual([]);
});
