import { expect, test } from 'vitest';
import { modelFailure } from './model-failure.ts';

const block = { status: 'error' as const, result: null, error: 'said' };

test.each([
  ['billing', true, { kind: 'host', what: 'over-budget' }],
  ['billing', false, { kind: 'model', errorKind: 'billing', detail: 'said' }],
  ['auth', true, { kind: 'model', errorKind: 'auth', detail: 'said' }],
  [undefined, true, { kind: 'model', errorKind: 'internal', detail: 'said' }],
] as const)('%s with the budget spent: %s', (errorKind, isOver, why) => {
  expect(modelFailure({ ...block, ...(errorKind && { errorKind }) }, () => isOver)).toEqual(why);
});
