import { expect, test } from 'vitest';
import { silentLog } from '../kernel/log.ts';
import { createMetering } from './metering.ts';

const REQUEST = {
  ...{ groupFolder: 'main', runId: 'run', model: 'm', status: 200 },
  ...{ inputTokens: 7, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
};

test('a database that fails lets nothing be spent, ends nothing, and is logged with what was not counted', () => {
  const logged: [string, object | undefined][] = [];
  const log = { ...silentLog, error: (event: string, facts?: object) => void logged.push([event, facts]) };
  const fail = (): never => {
    throw new Error('disk is full');
  };
  const metering = createMetering({ groups: { ofFolder: fail }, spending: { count: fail, isOver: fail }, log });

  expect(metering.isSpent('main')).toBe(true);
  metering.onRequest(REQUEST);
  expect(logged).toEqual([
    ['spending.unknown', { group: 'main', error: 'disk is full' }],
    ['spending.not-counted', { ...REQUEST, error: 'disk is full' }],
  ]);
});

test('a group that is not registered any more may spend nothing', () => {
  const spending = { count: () => undefined, isOver: () => false };
  const metering = createMetering({ groups: { ofFolder: () => undefined }, spending, log: silentLog });
  expect(metering.isSpent('gone')).toBe(true);
});
