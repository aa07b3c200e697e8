import { expect, test } from 'vitest';
import { type MessagesRequest, readMessagesRequest } from '../messages-request.ts';
import { reply } from '../reply.ts';
import { practicePhrase } from './introduce.ts';

const introduction = { role: 'assistant', content: `I am the ${practicePhrase}.` };

function user(content: string | readonly object[]): object {
  return { role: 'user', content };
}

function aRequest(messages: readonly object[], tools: readonly object[] = [{ name: 'Bash' }]): MessagesRequest {
  const read = readMessagesRequest({ model: 'practice', messages, tools });
  if (!read.ok) throw new Error(read.reason);
  return read.request;
}

function textOf(request: MessagesRequest): string {
  const answer = reply(request);
  return answer.kind === 'text' ? String(answer.text) : `calls ${answer.calls.map((call) => call.name).join()}`;
}

test.each([
  ['use the tool send_message with {"text":"hi"}', { text: 'hi' }],
  ['call send_message {"text":"hi"}', { text: 'hi' }],
  ['use the send_message tool', {}],
  ['call mcp__nanoclaw__send_message', {}],
])('calls the tool of "%s" by its short or full name', (said, input) => {
  const answer = reply(aRequest([user(said)], [{ name: 'mcp__nanoclaw__send_message' }]));

  expect(answer).toEqual({ kind: 'tools', calls: [{ name: 'mcp__nanoclaw__send_message', input }] });
});

test('says which tools it has when the one asked for is not among them', () => {
  expect(textOf(aRequest([introduction, user('use the tool fly with {}')]))).toBe(
    'I have no tool called fly. Tools I have: Bash.',
  );
  expect(textOf(aRequest([introduction, user('run `ls`')], []))).toBe(
    'I have no tool called Bash. Tools I have: none.',
  );
});

test('refuses an input that is not a JSON object', () => {
  expect(textOf(aRequest([introduction, user('use the tool Bash with {oops')]))).toBe(
    'What follows Bash is not a JSON object: {oops',
  );
});

const deferredList = {
  role: 'system',
  content: 'deferred tools are now available:\nCronList\nmcp__nanoclaw__send_message\n\nMore',
};
const searchTools = [{ name: 'ToolSearch' }, { name: 'DeferredToolPlaceholder', defer_loading: true }];
const askForDeferred = [user('call send_message {"text":"hi"}'), deferredList];
const searchCall = { type: 'tool_use', id: 's1', name: 'ToolSearch', input: {} };

function afterSearch(found: readonly object[]): MessagesRequest {
  const result = { type: 'tool_result', tool_use_id: 's1', content: found };
  const loaded = { type: 'text', text: 'Tool loaded.' };
  return aRequest(
    [...askForDeferred, { role: 'assistant', content: [searchCall] }, user([result, loaded])],
    searchTools,
  );
}

test('loads a deferred tool before it calls it', () => {
  const first = reply(aRequest(askForDeferred, searchTools));
  const second = reply(afterSearch([{ type: 'tool_reference', tool_name: 'mcp__nanoclaw__send_message' }]));

  expect(first).toMatchObject({
    calls: [{ name: 'ToolSearch', input: { query: 'select:mcp__nanoclaw__send_message' } }],
  });
  expect(second).toEqual({ kind: 'tools', calls: [{ name: 'mcp__nanoclaw__send_message', input: { text: 'hi' } }] });
});

test('does not search twice for a deferred tool that was not found', () => {
  expect(textOf(afterSearch([{ type: 'text', text: 'No matches' }]))).toContain('could not be loaded');
});
