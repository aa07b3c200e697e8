import { expect, test } from 'vitest';
import { judge as judgeSeen, type Seen, type SentText } from './witness.ts';

const asked = [
  { token: 'q1', chatId: 5, sentBefore: 0 },
  { token: 'q2', chatId: 6, sentBefore: 0 },
];
const sent = (...texts: string[]) => texts.map((text, index) => ({ messageId: index, chatId: '5', text }));
const none: readonly SentText[] = [];
const cutOff = (...texts: string[]): SentText[] => texts.map((text) => ({ chatId: '5', text }));
const judge = (seen: Omit<Seen, 'pings'> & { pings?: readonly number[] }) => judgeSeen({ pings: [], ...seen });

test('a question that nobody answered is open', () => {
  expect(judge({ asked, sent: sent('a:q1'), inDoubt: none })).toMatchObject({ answered: 1, open: ['q2'] });
});

test('a failure that its chat was told is an end, for that chat only', () => {
  const result = judge({ asked, sent: sent('I could not answer: it broke.'), inDoubt: none });
  expect(result).toMatchObject({ toldAsFailed: 1, open: ['q2'] });
});

test('a failure that was told before a question was asked is no end of it', () => {
  const later = [{ token: 'q3', chatId: 5, sentBefore: 1 }];
  expect(judge({ asked: later, sent: sent('I could not answer: it broke.'), inDoubt: none }).open).toEqual(['q3']);
});

test('two answers are two, whether or not they are the same text', () => {
  expect(judge({ asked, sent: sent('a:q1', 'a:q1,q2'), inDoubt: none }).duplicates).toHaveLength(1);
  expect(judge({ asked, sent: sent('a:q1', 'a:q1'), inDoubt: none }).duplicates).toHaveLength(1);
});

test('a text that was cut off in the middle of its request may be there twice', () => {
  const result = judge({ asked, sent: sent('a:q1', 'a:q1'), inDoubt: cutOff('a:q1') });
  expect(result).toMatchObject({ duplicates: [], inWindow: 1 });
});

test('a text on the way and the answer are two different things', () => {
  expect(judge({ asked, sent: sent('t:q1', 'a:q1'), inDoubt: none }).duplicates).toEqual([]);
});

test('a task that failed is told by its name, and ends no other one', () => {
  const tasks = [
    { token: 'k1', chatId: 5, sentBefore: 0 },
    { token: 'k2', chatId: 5, sentBefore: 0 },
  ];
  const told = sent('The scheduled task "k1" is not done again: it was interrupted 3 times.');
  expect(judge({ asked: tasks, sent: told, inDoubt: none })).toMatchObject({ toldAsFailed: 1, open: ['k2'] });
});

test('every /ping has one answer in its chat, and one more only where a send was cut off', () => {
  const pings = [5, 5];
  const count = (answers: number, inDoubt = none) => {
    const { open, duplicates } = judge({
      asked: [],
      pings,
      sent: sent(...Array(answers).fill('Andy is here.')),
      inDoubt,
    });
    return [open.length, duplicates.length];
  };
  expect([count(1), count(2), count(3)]).toEqual([
    [1, 0],
    [0, 0],
    [0, 1],
  ]);
  expect(count(3, cutOff('Andy is here.'))).toEqual([0, 0]);
});
