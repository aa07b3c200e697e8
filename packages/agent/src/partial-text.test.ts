import type { SDKPartialAssistantMessage } from '@anthropic-ai/claude-agent-sdk/core';
import { expect, test } from 'vitest';
import { createPartialText } from './partial-text.ts';

function arrange() {
  const published: string[] = [];
  const pending: { atMs: number; run: () => void }[] = [];
  let nowMs = 0;
  const partial = createPartialText((text) => published.push(text), {
    nowMs: () => nowMs,
    after(ms, run) {
      const entry = { atMs: nowMs + ms, run };
      pending.push(entry);
      return () => pending.splice(pending.indexOf(entry), 1);
    },
  });
  const advance = (ms: number) => {
    nowMs += ms;
    for (const due of pending.filter((entry) => entry.atMs <= nowMs)) {
      pending.splice(pending.indexOf(due), 1);
      due.run();
    }
  };
  const read = (event: object, parent: string | null = null) =>
    partial.read({ type: 'stream_event', event, parent_tool_use_id: parent } as SDKPartialAssistantMessage);
  const write = (text: string, parent: string | null = null) =>
    read({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, parent);
  return { published, partial, advance, read, write };
}

test('a preview is the whole text so far', () => {
  const { published, advance, write } = arrange();

  write('Hel');
  advance(100);
  write('lo');

  expect(published).toEqual(['Hel', 'Hello']);
});

test('a thousand pieces in one second are at most fifteen previews, and the last one is whole', () => {
  const { published, advance, write } = arrange();

  for (let at = 0; at < 1_000; at++) {
    write('x');
    advance(1);
  }
  advance(100);

  expect(published.length).toBeLessThanOrEqual(16);
  expect(published.at(-1)).toBe('x'.repeat(1_000));
});

test('nothing is published after the turn has ended', () => {
  const { published, partial, advance, write } = arrange();
  write('a');
  write('b');

  partial.end();
  advance(1_000);

  expect(published).toEqual(['a']);
});

test('a new model message starts a new preview', () => {
  const { published, advance, read, write } = arrange();
  write('abandoned');
  advance(100);

  read({ type: 'message_start' });
  write('again');

  expect(published.at(-1)).toBe('again');
});

test('text of sub-agents and tool input are no previews', () => {
  const { published, read, write } = arrange();

  write('said by a sub-agent', 'toolu_1');
  read({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{}' } });

  expect(published).toEqual([]);
});
