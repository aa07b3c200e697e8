import { expect, test } from 'vitest';
import { createAckTracker } from './ack-tracker.ts';
import { createInputQueue } from './input-queue.ts';

function arrange() {
  const tracker = createAckTracker();
  return { tracker, queue: createInputQueue(tracker) };
}

/** Reads a stream like the Agent SDK does. */
function listen(queue: ReturnType<typeof createInputQueue>) {
  const heard: { id: string; text: unknown }[] = [];
  const ended = (async () => {
    for await (const message of queue.stream()) heard.push({ id: String(message.uuid), text: message.message.content });
  })();
  return { heard, ended, texts: () => heard.map(({ text }) => text) };
}

test('messages come in order and the stream stays open until it is ended', async () => {
  const { queue } = arrange();
  const stream = listen(queue);

  await queue.push('one', 0);
  await queue.push('two', 1);
  expect(stream.texts()).toEqual(['one', 'two']);

  queue.end();
  await stream.ended;
});

test('a message counts as taken only when it has been asked past', async () => {
  const { queue } = arrange();
  const iterator = queue.stream()[Symbol.asyncIterator]();
  let isTaken = false;
  const push = queue.push('one', 0).then(() => {
    isTaken = true;
  });

  await iterator.next();
  expect(isTaken).toBe(false);

  void iterator.next();
  await push;
});

test('a second stream begins with what the first gave away without effect', async () => {
  const { queue, tracker } = arrange();
  const first = listen(queue);
  await queue.push('answered', 0);
  await queue.push('lost', 1);
  tracker.finished([first.heard[0]!.id]);

  const second = listen(queue);
  await queue.push('new', 2);

  expect(second.texts()).toEqual(['lost', 'new']);
  expect(second.heard[0]!.id).toBe(first.heard[1]!.id);
  await first.ended;
});
