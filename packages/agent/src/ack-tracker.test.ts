import { expect, test } from 'vitest';
import { createAckTracker } from './ack-tracker.ts';

test('nothing is acknowledged before a turn has finished', () => {
  const tracker = createAckTracker();

  tracker.sent('a', 0);
  tracker.started('a');

  expect(tracker.ack()).toBeUndefined();
  expect(tracker.hasUnfinished()).toBe(true);
});

test('a turn that took several messages acknowledges the highest of them', () => {
  const tracker = createAckTracker();
  tracker.sent('a', 0);
  tracker.sent('b', 1);
  tracker.sent('c', 2);

  tracker.finished(['a', 'b']);

  expect(tracker.ack()).toBe(1);
  expect(tracker.unfinished()).toEqual(['c']);
});

test('a message without a number counts as finished and leaves the acknowledgement alone', () => {
  const tracker = createAckTracker();
  tracker.sent('a', 0);
  tracker.sent('v1', undefined);

  tracker.finished(['a', 'v1']);

  expect(tracker.ack()).toBe(0);
  expect(tracker.hasUnfinished()).toBe(false);
});

test('ids that were never sent are ignored', () => {
  const tracker = createAckTracker();
  tracker.sent('a', 0);

  tracker.finished(['somebody-elses', 'a', 'a']);

  expect(tracker.ack()).toBe(0);
});

test('when a result lists as many ids as it can, started messages it leaves out are finished too', () => {
  const tracker = createAckTracker();
  const ids = Array.from({ length: 70 }, (_, index) => `id-${index}`);
  for (const [index, id] of ids.entries()) tracker.sent(id, index);
  for (const id of ids.slice(0, 69)) tracker.started(id);

  tracker.finished(ids.slice(0, 64));

  expect(tracker.ack()).toBe(68);
  expect(tracker.unfinished()).toEqual(['id-69']);
});
