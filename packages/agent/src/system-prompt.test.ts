import type { AgentInput } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { firstPrompt, systemPrompt } from './system-prompt.ts';

function anInput(more: Partial<AgentInput> = {}): AgentInput {
  return { prompt: 'hi', groupFolder: 'family', chatJid: 'local:family', isMain: false, ...more };
}

test("the prompt of a scheduled task begins with v1's words, others are left alone", () => {
  expect(firstPrompt(anInput())).toBe('hi');
  expect(firstPrompt(anInput({ isScheduledTask: true }))).toBe(
    '[SCHEDULED TASK - The following message was sent automatically and is not coming directly from the user or group.]\n\nhi',
  );
});

test('the assistant is called as the owner named it, and Andy otherwise', () => {
  expect(systemPrompt(anInput({ assistantName: 'Robin' }), undefined)).toMatch(/^You are Robin,/);
  expect(systemPrompt(anInput(), undefined)).toMatch(/^You are Andy,/);
});

test('shared memory is part of the prompt when there is any', () => {
  expect(systemPrompt(anInput(), 'We like tea.\n')).toContain('We like tea.');
  expect(systemPrompt(anInput(), '  \n')).toBe(systemPrompt(anInput(), undefined));
});

test('only the main chat is told that it may change the shared memory', () => {
  expect(systemPrompt(anInput({ isMain: true }), undefined)).toContain('change it when');
  expect(systemPrompt(anInput(), undefined)).toContain('only the main chat can change it');
});

test('our own words stay short: every turn pays for them', () => {
  const input = anInput({ isMain: true, timezone: 'America/Argentina/Buenos_Aires' });

  expect(systemPrompt(input, undefined).length).toBeLessThan(2_200);
});
