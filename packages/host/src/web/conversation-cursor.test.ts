import { expect, test } from 'vitest';
import type { ConversationEvent, ConversationMessage } from '../channels/local/conversation-event.ts';
import { createConversationCursor } from './conversation-cursor.ts';

const PAGE = 3;

function aMessage(seq: number, from: 'owner' | 'assistant' = 'owner'): ConversationMessage {
  return { seq, from, sender: from, text: `text ${seq}`, time: '2026-01-01T00:00:00.000Z' };
}

/** A conversation that can grow while a cursor reads it. */
function aConversation(count: number, afterSeq?: number) {
  const stored = Array.from({ length: count }, (_, index) => aMessage(index + 1));
  const cursor = createConversationCursor({
    afterSeq,
    readAfter: (seq) =>
      seq === undefined ? stored.slice(-PAGE) : stored.filter((message) => message.seq > seq).slice(0, PAGE),
  });
  const add = (message: ConversationMessage): void => {
    stored.push(message);
    cursor.note({ kind: 'message', message });
  };
  return { cursor, add };
}

function drain(cursor: { next(): ConversationEvent | undefined }): (number | boolean | string)[] {
  const told: (number | boolean | string)[] = [];
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) {
    if (event.kind === 'message') told.push(event.message.seq);
    else told.push(event.kind === 'typing' ? event.isTyping : event.text);
  }
  return told;
}

test('without a place it begins with the newest page, with one it tells everything after it', () => {
  expect(drain(aConversation(10).cursor)).toEqual([8, 9, 10]);
  expect(drain(aConversation(10, 2).cursor)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
});

test('a message stored while history is being told comes once and in order', () => {
  const { cursor, add } = aConversation(4, 0);
  expect(cursor.next()).toMatchObject({ message: { seq: 1 } });

  add(aMessage(5));
  add(aMessage(6));

  expect(drain(cursor)).toEqual([2, 3, 4, 5, 6]);
  add(aMessage(7));
  expect(drain(cursor)).toEqual([7]);
});

test('a viewer that began with an empty chat is told everything that comes, however much it is', () => {
  const { cursor, add } = aConversation(0);
  expect(drain(cursor)).toEqual([]);
  for (const seq of [1, 2, 3, 4, 5, 6, 7]) add(aMessage(seq));
  expect(drain(cursor)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('of momentary events that were not told in time only the newest are', () => {
  const { cursor } = aConversation(0);
  for (const text of ['a', 'ab', 'abc']) cursor.note({ kind: 'partial', text });
  for (const isTyping of [true, false, true, true]) cursor.note({ kind: 'typing', isTyping });
  cursor.note({ kind: 'partial', text: 'x' });
  cursor.note({ kind: 'partial', text: 'xy' });

  expect(drain(cursor)).toEqual([false, true, 'xy']);
});

test("a partial answer is not told after the assistant's message or the end of typing that replaces it", () => {
  const { cursor, add } = aConversation(0);
  cursor.note({ kind: 'partial', text: 'half' });
  add(aMessage(1, 'assistant'));
  expect(drain(cursor)).toEqual([1]);

  cursor.note({ kind: 'partial', text: 'half' });
  cursor.note({ kind: 'typing', isTyping: false });
  expect(drain(cursor)).toEqual([false]);
});

test("the owner's message in between leaves the partial answer standing", () => {
  const { cursor, add } = aConversation(0);
  cursor.note({ kind: 'partial', text: 'half' });
  add(aMessage(1, 'owner'));
  expect(drain(cursor)).toEqual([1, 'half']);
});
