import { expect, test } from 'vitest';
import { promptText } from './conversation.ts';
import { type MessagesRequest, readMessagesRequest } from './messages-request.ts';
import { createScriptQueue } from './script-queue.ts';

function asking(content: string, tools: readonly object[] = [{ name: 'Bash' }]): MessagesRequest {
  const read = readMessagesRequest({ model: 'm', messages: [{ role: 'user', content }], tools });
  if (!read.ok) throw new Error(read.reason);
  return read.request;
}

test('gives steps in order, each as often as it says', () => {
  const queue = createScriptQueue([
    { kind: 'status', status: 529, repeat: 2 },
    { kind: 'text', text: 'then' },
  ]);

  expect(queue.pending()).toBe(3);
  expect([1, 2, 3, 4].map(() => queue.take(asking('x'))?.kind)).toEqual(['status', 'status', 'text', undefined]);
});

test('passes over steps whose condition does not hold', () => {
  const queue = createScriptQueue();
  queue.add([
    { kind: 'text', text: 'for b', when: (request) => promptText(request) === 'b' },
    { kind: 'text', text: 'for anyone' },
  ]);

  expect(queue.take(asking('a'))).toMatchObject({ text: 'for anyone' });
  expect(queue.take(asking('a'))).toBeUndefined();
  expect(queue.take(asking('b'))).toMatchObject({ text: 'for b' });
});

test('requests on the side take no step', () => {
  const queue = createScriptQueue([{ kind: 'text', text: 'mine' }]);

  expect(queue.take(asking('Write a title', []))).toBeUndefined();
  expect(queue.pending()).toBe(1);
});

test('a cleared queue is empty', () => {
  const queue = createScriptQueue([{ kind: 'text', text: 'x', repeat: Number.POSITIVE_INFINITY }]);
  queue.clear();

  expect(queue.pending()).toBe(0);
});
