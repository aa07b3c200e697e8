import { expect, test } from 'vitest';
import { formatArchive, MAX_ARCHIVED_CHARS, readTranscript, titleOf } from './transcript.ts';

const user = (content: unknown, more: object = {}) => ({ type: 'user', message: { role: 'user', content }, ...more });
const assistant = (content: unknown, more: object = {}) => ({ type: 'assistant', message: { content }, ...more });
const lines = (...entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).join('\n');

test('people and the assistant are told apart; tools, sub-agents and the client itself are left out', () => {
  const prompt =
    '<context timezone="UTC" />\n<messages>\n<message id="1" sender="Ann &amp; Bob" sender_id="tg:1" time="x">@Andy a &lt; b?</message>\n<message id="2" sender="Eve" sender_id="tg:2" time="x" reply_to="1">\n  <quoted_message from="Ann">a</quoted_message>yes</message>\n</messages>';
  const transcript = lines(
    { type: 'summary', summary: 'x' },
    user(prompt),
    assistant([
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'It is.' },
      { type: 'tool_use', id: 'x' },
    ]),
    user([{ type: 'tool_result', content: 'secret tool output' }]),
    user('<system-reminder>be nice</system-reminder>'),
    user('from the client', { isMeta: true }),
    assistant([{ type: 'text', text: 'from a sub-agent' }], { isSidechain: true }),
    user('plain words'),
  );

  expect(readTranscript(`${transcript}\n{"broken`)).toEqual([
    { from: 'Ann & Bob', text: '@Andy a < b?' },
    { from: 'Eve', text: 'yes' },
    { from: undefined, text: 'It is.' },
    { from: 'User', text: 'plain words' },
  ]);
});

test('what was summed up before is in an earlier archive', () => {
  const boundary = { type: 'system', subtype: 'compact_boundary' };
  const transcript = lines(user('old'), assistant('older'), boundary, user('summary of the old'), user('new'));

  expect(readTranscript(transcript)).toEqual([{ from: 'User', text: 'new' }]);
});

test('an archive reads like a conversation, and a long message is cut', () => {
  const messages = [
    { from: 'Ann', text: '@Andy  plan\nmy week' },
    { from: undefined, text: 'x'.repeat(MAX_ARCHIVED_CHARS + 1) },
  ];
  const text = formatArchive(messages, { title: titleOf(messages) ?? '', assistantName: 'Andy', at: '2026-03-04' });

  expect(text).toMatch(/^# plan my week\n\nArchived: 2026-03-04\n\n---\n\n\*\*Ann\*\*: @Andy {2}plan\nmy week\n\n/);
  expect(text.endsWith(`**Andy**: ${'x'.repeat(MAX_ARCHIVED_CHARS)}…\n\n`)).toBe(true);
  expect(titleOf([{ from: undefined, text: 'hello' }])).toBeUndefined();
});
