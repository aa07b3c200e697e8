import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventParser, MAX_EVENT_CHARS, type ServerEvent } from './event-parser.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function parse(...chunks: (string | Uint8Array)[]): ServerEvent[] {
  const parser = createEventParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? bytesOf(chunk) : chunk));
}

test('an event has its name, its data and its id', () => {
  expect(parse('id: 7\nevent: message\ndata: {"a":1}\n\n')).toEqual([{ event: 'message', data: '{"a":1}', id: '7' }]);
});

test('an event without a name is a message, and keeps the last id', () => {
  expect(parse('id: 7\ndata: a\n\n', 'data: b\n\n')).toEqual([
    { event: 'message', data: 'a', id: '7' },
    { event: 'message', data: 'b', id: '7' },
  ]);
});

test('several data lines are joined by line breaks, and one space after the colon is no part of them', () => {
  expect(parse('data: a\ndata:  b\ndata:c\ndata\n\n')[0]?.data).toBe('a\n b\nc\n');
});

test('comments, the retry time, unknown fields and events without data give nothing', () => {
  expect(parse('retry: 1000\n\n: still here\n\nevent: typing\n\ncolour: red\n\n')).toEqual([]);
});

test('the name of an event without data is not that of the next one', () => {
  expect(parse('event: typing\n\ndata: x\n\n')).toEqual([{ event: 'message', data: 'x', id: '' }]);
});

test('an event that is not finished is not given', () => {
  expect(parse('data: a\n')).toEqual([]);
  expect(parse('data: a\n', '\n')).toHaveLength(1);
});

test('lines may end in any of the three ways, wherever the bytes are cut, also within characters', () => {
  const events = fc.array(fc.record({ data: fc.constantFrom('', 'grüße', '日本 🎉', 'x'), id: fc.nat(99) }), {
    maxLength: 5,
  });
  const ends = fc.constantFrom('\n', '\r', '\r\n');
  fc.assert(
    fc.property(events, ends, fc.array(fc.nat(200), { maxLength: 20 }), (list, end, cuts) => {
      const text = list
        .map(({ data, id }) => `id: ${id}${end}: note${end}data: ${data}${end}data: 2${end}${end}`)
        .join('');
      const bytes = bytesOf(text);
      const places = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((place, index) => bytes.slice(places[index], place));

      expect(parse(...chunks)).toEqual(
        list.map(({ data, id }) => ({ event: 'message', data: `${data}\n2`, id: String(id) })),
      );
    }),
  );
});

test('an event beyond the limit is refused instead of growing for ever', () => {
  const parser = createEventParser();
  const chunk = new Uint8Array(1_000_000).fill('x'.charCodeAt(0));
  const pushAll = (): void => {
    for (let size = 0; size <= MAX_EVENT_CHARS; size += chunk.length) parser.push(chunk);
  };
  expect(pushAll).toThrow(/event of more than/);
});
