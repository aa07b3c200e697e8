import { expect, test } from 'vitest';
import { describeError, NanoError } from './errors.ts';
import { createLifecycle } from './lifecycle.ts';
import { type Log, limitLog, silentLog } from './log.ts';
import { createSignal } from './signals.ts';

test('parts stop in the reverse of their order, one after the other', async () => {
  const lifecycle = createLifecycle(silentLog);
  const stopped: string[] = [];
  lifecycle.started('store', () => void stopped.push('store'));
  lifecycle.started('gateway', async () => {
    await Promise.resolve();
    stopped.push('gateway');
  });

  await lifecycle.stopAll();

  expect(stopped).toEqual(['gateway', 'store']);
});

test('a part that fails to stop is logged and does not keep the others from stopping', async () => {
  const lines: unknown[] = [];
  const log: Log = { ...silentLog, error: (event, fields) => lines.push([event, fields]) };
  const lifecycle = createLifecycle(log);
  const stopped: string[] = [];
  lifecycle.started('store', () => void stopped.push('store'));
  lifecycle.started('gateway', () => {
    throw new Error('stuck');
  });

  await lifecycle.stopAll();

  expect(stopped).toEqual(['store']);
  expect(lines).toEqual([['part.stop-failed', { part: 'gateway', error: 'stuck' }]]);
});

test('stopping twice stops once, and both wait for the end', async () => {
  const lifecycle = createLifecycle(silentLog);
  let stops = 0;
  lifecycle.started('store', () => void stops++);

  await Promise.all([lifecycle.stopAll(), lifecycle.stopAll()]);

  expect(stops).toBe(1);
});

test('a limited log says once that it leaves out the rest', () => {
  const lines: string[] = [];
  const log = limitLog({ ...silentLog, warn: (event) => lines.push(event) }, 2);

  for (const event of ['a', 'b', 'c', 'd']) log.warn(event);

  expect(lines).toEqual(['a', 'b', 'log.limited']);
});

test('an error is one line with its causes', () => {
  const cause = new Error('no space left', { cause: 'ENOSPC' });

  expect(describeError(new NanoError('store-failed', 'cannot write', { cause }))).toBe(
    'cannot write: no space left: ENOSPC',
  );
  expect(describeError('a text')).toBe('a text');
});

test('a signal reaches who listens, until he leaves', () => {
  const signal = createSignal<number>();
  const heard: number[] = [];
  const leave = signal.subscribe((value) => heard.push(value));

  signal.emit(1);
  leave();
  signal.emit(2);

  expect(heard).toEqual([1]);
});
