import { expect, test } from 'vitest';
import type { ChatJid } from '../messages/message.ts';
import { createTurnTimings, MAX_TIMED_TURNS } from './turn-timings.ts';

const MAIN = 'local:main' as ChatJid;
const aTurn = (number = 1, runId = 'run-1') => ({
  ...{ id: `turn-${number}`, chatJid: MAIN, groupFolder: 'main', runId },
  ...{ fromSeq: 1, toSeq: 1 },
});
const said = { chatJid: MAIN, isBotMessage: false, isCommand: false };
const answered = { ...said, isBotMessage: true };

function aScene() {
  let now = 1_000;
  const timings = createTurnTimings(() => now);
  const after = (ms: number): typeof timings => {
    now += ms;
    return timings;
  };
  return { timings, after };
}

test('each stage lasts from the end of the one before it', () => {
  const { timings, after } = aScene();
  timings.stored(said);
  after(1).opened(aTurn(), true);
  after(2).started('run-1');
  after(500).asked('run-1');
  after(30).answering('run-1');
  after(40).asked('run-1');
  after(5).answered('run-1');
  after(3).committed('run-1', true);
  after(7).stored(answered);

  const stages = { queued: 1, prepared: 2, began: 500, thought: 30, worked: 45, committed: 3, sent: 7 };
  expect(timings.list()).toEqual([{ turn: 'turn-1', group: 'main', isCold: true, at: 1_000, stages }]);
});

test('a turn without a request or without a text has no such stage, and is over all the same', () => {
  const { timings, after } = aScene();
  timings.opened(aTurn(), false);
  after(2).started('run-1');
  after(9).answered('run-1');
  timings.committed('run-1', false);

  expect(timings.list()).toMatchObject([{ stages: { queued: 0, prepared: 2, worked: 9, committed: 0 } }]);
});

test('commands, other runs and what comes after the end count for nothing', () => {
  const { timings } = aScene();
  timings.stored({ ...said, isCommand: true });
  timings.asked('run-9');
  timings.stored(answered);
  timings.opened(aTurn(), true);
  timings.ended('run-1');
  timings.committed('run-1', true);

  expect(timings.list()).toEqual([]);
});

test('no more turns are remembered than it says, the latest first', () => {
  const { timings } = aScene();
  for (let number = 1; number <= MAX_TIMED_TURNS + 5; number++) {
    timings.opened(aTurn(number), false);
    timings.committed('run-1', false);
  }

  expect(timings.list()).toHaveLength(MAX_TIMED_TURNS);
  expect(timings.list()[0]?.turn).toBe(`turn-${MAX_TIMED_TURNS + 5}`);
});
