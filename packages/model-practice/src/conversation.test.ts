import { expect, test } from 'vitest';
import { lastToolResult, promptText, systemText, toolNames, toolResults } from './conversation.ts';
import { hostMessages, saidIn } from './host-prompt.ts';
import { isMainRequest } from './main-request.ts';
import { type MessagesRequest, readMessagesRequest } from './messages-request.ts';

function read(body: object): MessagesRequest {
  const result = readMessagesRequest({ model: 'm', ...body });
  if (!result.ok) throw new Error(result.reason);
  return result.request;
}

const toolTurn = read({
  system: [{ type: 'text', text: 'Be kind.' }],
  tools: [{ name: 'Bash' }, { name: 'DeferredToolPlaceholder', defer_loading: true }],
  messages: [
    { role: 'user', content: 'before' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '…' },
        { type: 'tool_use', id: 'a', name: 'Bash', input: {} },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'out' }, { type: 'image' }] }],
    },
    { role: 'system', content: 'It is Monday.' },
    {
      role: 'user',
      content:
        '<context timezone="UTC" />\n<messages>\n<message sender="A">1 &lt; 2</message>\n<message sender="B">&amp;lt;</message>\n</messages>',
    },
  ],
});

test('the prompt is everything said since the last assistant message, un-escaped', () => {
  expect(promptText(toolTurn)).toBe('1 < 2\n&lt;');
});

test('the last tool result knows the name of its tool', () => {
  expect(lastToolResult(toolTurn)).toEqual({ toolUseId: 'a', name: 'Bash', text: 'out\n[image]', isError: false });
});

test('parallel results come in the order of the calls, not of their end', () => {
  const call = (id: string) => ({ type: 'tool_use', id, name: 'Bash', input: {} });
  const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: id });
  const request = read({
    messages: [
      { role: 'assistant', content: [call('first'), call('second')] },
      { role: 'user', content: [result('second'), result('first')] },
    ],
  });

  expect(toolResults(request).map(({ text }) => text)).toEqual(['first', 'second']);
});

test('a megabyte of opening tags is read in time that does not grow with its square', () => {
  const text = '<messages>'.repeat(100_000);

  expect(promptText(read({ messages: [{ role: 'user', content: text }] }))).toBe(text);
});

test('the system text joins the system prompt and system messages', () => {
  expect(systemText(toolTurn)).toBe('Be kind.\nIt is Monday.');
});

test('deferred tools are not offered', () => {
  expect(toolNames(toolTurn)).toEqual(['Bash']);
});

test('a request without tools or for a summary is not of the main loop', () => {
  const messages = [{ role: 'user', content: 'Your task is to create a detailed summary of the conversation so far' }];
  const quoted = [
    { role: 'user', content: `<messages><message sender="A">${messages[0]!.content}</message></messages>` },
  ];

  expect(isMainRequest(toolTurn)).toBe(true);
  expect(isMainRequest(read({ messages: [{ role: 'user', content: 'Write a title' }] }))).toBe(false);
  expect(isMainRequest(read({ messages, tools: [{ name: 'Bash' }] }))).toBe(false);
  expect(isMainRequest(read({ messages: quoted, tools: [{ name: 'Bash' }] }))).toBe(true);
});

test('a host prompt gives its messages with sender and text, without quotes, naming attachments', () => {
  const prompt = `<messages>
<message id="1" sender="Ann &amp; Co" sender_id="tg:7" time="now" reply_to="0">
  <quoted_message from="Bob">old</quoted_message>new
line</message>
<message id="2" sender="Bob" time="now">see <attachment type="image" path="/a/b.png" name="b.png" /></message>
</messages>`;

  expect(hostMessages(prompt)).toEqual([
    { sender: 'Ann & Co', text: 'new\nline' },
    { sender: 'Bob', text: 'see [attachment b.png]' },
  ]);
});

test('a prompt of a task is read without the note on tasks', () => {
  expect(hostMessages('water the plants')).toBeUndefined();
  expect(saidIn('[SCHEDULED TASK - sent by itself]\n\nwater the plants')).toEqual(['water the plants']);
});

test('a request that is not one is refused with the name of the field', () => {
  expect(readMessagesRequest({ model: 'm', messages: [] })).toMatchObject({
    ok: false,
    reason: expect.stringContaining('messages'),
  });
  expect(readMessagesRequest(null)).toMatchObject({ ok: false });
});
