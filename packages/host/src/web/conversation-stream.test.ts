import { expect, test } from 'vitest';
import type { ConversationEvent, ConversationMessage } from '../channels/local/conversation-event.ts';
import type { LocalChannel } from '../channels/local/local-channel.ts';
import type { Clock } from '../kernel/clock.ts';
import { asChatJid, type ChatJid } from '../messages/message.ts';
import { conversationStream, MAX_IDLE_HEARTBEATS } from './conversation-stream.ts';

const CHAT = asChatJid('local:main') as ChatJid;

/** A chat with one page of history at a time, and a clock whose sleeps end when the test says so. */
function aChat() {
  const stored: ConversationMessage[] = [];
  const listeners = new Set<(event: ConversationEvent) => void>();
  const sleepers = new Set<() => void>();
  const clock: Clock = { now: () => 0, sleep: () => new Promise((resolve) => sleepers.add(resolve)) };
  const local: Pick<LocalChannel, 'history' | 'watch'> = {
    history: (_chat, after = 0) => stored.filter(({ seq }) => seq > after).slice(0, 10),
    watch: (_chat, listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    viewers: listeners,
    open: (afterSeq: number, signal?: AbortSignal) =>
      readerOf(conversationStream({ local, chatJid: CHAT, afterSeq, clock, signal })),
    say(text: string): void {
      const message = { seq: stored.length + 1, from: 'owner', sender: 'Owner', text, time: '' } as const;
      stored.push(message);
      for (const listener of listeners) listener({ kind: 'message', message });
    },
    async beat(): Promise<void> {
      const awake = [...sleepers];
      sleepers.clear();
      for (const wake of awake) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function readerOf(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const viewer = {
    text: '',
    chunks: 0,
    ids: () => [...viewer.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    beats: () => viewer.text.split('\n').filter((line) => line.startsWith(':')).length,
    cancel: () => reader.cancel(),
    async until(isEnough: () => boolean): Promise<void> {
      while (!isEnough()) {
        const { done, value } = await reader.read();
        if (done) throw new Error('the stream ended');
        viewer.chunks += 1;
        viewer.text += decoder.decode(value, { stream: true });
      }
    },
  };
  return viewer;
}

test('a heartbeat comment comes again and again', async () => {
  const chat = aChat();
  const viewer = chat.open(0);
  await viewer.until(() => viewer.beats() === 1);
  const third = viewer.until(() => viewer.beats() === 3);
  await chat.beat();
  await chat.beat();
  await third;
});

test('a viewer that takes nothing is let go and loses nothing when it comes back', async () => {
  const chat = aChat();
  const slow = chat.open(0);
  chat.say('first');
  await slow.until(() => slow.ids().length === 1);
  for (let count = 2; count <= 50; count += 1) chat.say(`message ${count}`);

  for (let count = 0; count < MAX_IDLE_HEARTBEATS; count += 1) await chat.beat();
  expect(chat.viewers.size).toBe(1);
  await chat.beat();
  expect(chat.viewers.size).toBe(0);
  await expect(slow.until(() => slow.ids().length === 50)).rejects.toThrow('the stream ended');
  const again = chat.open(Math.max(...slow.ids()));
  await again.until(() => again.ids().at(-1) === 50);

  expect([...slow.ids(), ...again.ids()]).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('a viewer that waits for news is not let go', async () => {
  const chat = aChat();
  const viewer = chat.open(0);
  const told = viewer.until(() => viewer.ids().length === 1);
  for (let count = 0; count < 3 * MAX_IDLE_HEARTBEATS; count += 1) await chat.beat();
  chat.say('still here?');
  await told;
});

test('a viewer that takes one long message slowly is not let go', async () => {
  const chat = aChat();
  const text = 'ä€😀'.repeat(100_000);
  chat.say(text);
  const viewer = chat.open(0);
  for (let chunks = 1; !viewer.text.includes('"time"'); chunks += 1) {
    await viewer.until(() => viewer.chunks === chunks);
    for (let count = 1; count < MAX_IDLE_HEARTBEATS; count += 1) await chat.beat();
  }
  expect(viewer.chunks).toBeGreaterThan(2 * MAX_IDLE_HEARTBEATS);
  expect(viewer.text.includes(JSON.stringify(text))).toBe(true);
});

test('a viewer that goes away is forgotten, and so is everybody when the host stops', async () => {
  const chat = aChat();
  const stopping = new AbortController();
  const [gone, waiting] = [chat.open(0, stopping.signal), chat.open(0, stopping.signal)];
  await gone.cancel();
  expect(chat.viewers.size).toBe(1);

  const ended = expect(waiting.until(() => false)).rejects.toThrow('the stream ended');
  await new Promise((resolve) => setImmediate(resolve));
  stopping.abort();
  await ended;
  expect(chat.viewers.size).toBe(0);
  await expect(chat.open(0, stopping.signal).until(() => false)).rejects.toThrow('the stream ended');
});
