import { expect, test } from 'vitest';
import { type MessagesRequest, readMessagesRequest } from './messages-request.ts';
import { reply } from './reply.ts';
import { practicePhrase } from './rules/introduce.ts';

type Content = string | readonly object[];

const environment = { role: 'system', content: '# Environment\n - Platform: linux' };
const introduction = { role: 'assistant', content: `I am the ${practicePhrase}.` };

function user(content: Content): object {
  return { role: 'user', content };
}

function hostPrompt(...texts: string[]): string {
  const escaped = texts.map((text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'));
  const lines = escaped.map(
    (text, id) => `<message id="${id}" sender="Ann" sender_id="tg:7" time="now">${text}</message>`,
  );
  return `<context timezone="Europe/Berlin" />\n<messages>\n${lines.join('\n')}\n</messages>`;
}

function aRequest(messages: readonly object[], tools: readonly object[] = [{ name: 'Bash' }]): MessagesRequest {
  const read = readMessagesRequest({ model: 'practice', max_tokens: 100, stream: true, messages, tools });
  if (!read.ok) throw new Error(read.reason);
  return read.request;
}

function textOf(request: MessagesRequest): string {
  const answer = reply(request);
  return answer.kind === 'text' ? String(answer.text) : `calls ${answer.calls.map((call) => call.name).join()}`;
}

/** The answer to the last of several messages, each said in its own turn and answered in between. */
function answerTo(...said: string[]): string {
  const turns = said.flatMap((text) => [user(hostPrompt(text)), introduction]);
  return textOf(aRequest(turns.slice(0, -1)));
}

function afterTool(results: readonly object[], call: object, tools?: readonly object[]): MessagesRequest {
  const messages = [
    user(hostPrompt('run `ls`')),
    introduction,
    user(hostPrompt('do it')),
    { role: 'assistant', content: [call] },
  ];
  return aRequest([...messages, user(results)], tools);
}

const bashCall = { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls' } };

test.each([
  ['hello', /^Hello! I am the practice model: no key is set\./],
  ['help', /practice model: no key is set/],
  ['who are you?', /^I am the practice model: no key is set\./],
  ['what are you', /practice model: no key is set/],
  ['My name is Zoë', /^Nice to meet you, Zoë\./],
  ['what is my name?', /^You have not told me your name/],
  ['remember that the key is under the mat', /^I will remember: the key is under the mat/],
  ['what did I ask you to remember?', /^You have not asked me to remember anything/],
  ['what did I say first?', /^You have not said anything before this/],
  ['count to 3', /^1 2 3$/],
  ['count to 0', /nothing to count/],
  ['the sky is blue', /^You said: the sky is blue$/],
  ['call me Ann', /^You said: call me Ann$/],
])('answers "%s" by its rule', (said, expected) => {
  expect(textOf(aRequest([introduction, user(hostPrompt(said))]))).toMatch(expected);
});

test('recalls the name that was given last', () => {
  expect(answerTo('my name is Ann', 'my name is Bob and I am new', 'What is my name?')).toBe('Your name is Bob.');
});

test('recalls everything it was asked to remember', () => {
  const answer = answerTo('remember: milk', 'please remember that it rains', 'what did I ask you to remember?');

  expect(answer).toBe('You asked me to remember: milk; it rains');
});

test.each([
  ['first', 'First you said: one'],
  ['last', 'Last you said: two'],
])('tells what was said %s', (which, expected) => {
  expect(answerTo('one', 'two', `what did I say ${which}?`)).toBe(expected);
});

test('says in the first answer of a conversation that it is the practice model, and not again', () => {
  const first = textOf(aRequest([user('the sky is blue'), environment]));
  const second = textOf(aRequest([user('blue'), { role: 'assistant', content: first }, user('green')]));

  expect(first).toContain(practicePhrase);
  expect(second).toBe('You said: green');
});

test('lets the last message of a prompt decide and reads it un-escaped', () => {
  const request = aRequest([introduction, user(hostPrompt('hello', 'a "b" & <c>'))]);

  expect(textOf(request)).toBe('You said: a "b" & <c>');
});

test('does not take reminders, environment and mentions for something a person said', () => {
  const reminder = { type: 'text', text: '<system-reminder>\nwhat is my name?\n</system-reminder>\n' };
  const request = aRequest([
    introduction,
    user([reminder, { type: 'text', text: hostPrompt('@Andy tell me') }]),
    environment,
  ]);

  expect(textOf(request)).toBe('You said: tell me');
});

test.each([
  ['run `date -u`', 'date -u'],
  ['run: echo a && echo b', 'echo a && echo b'],
  ['execute id', 'id'],
  ['Please run the command `ls "x"`', 'ls "x"'],
  ['run ```sh\necho 1\n```', 'echo 1'],
  ['what is in your folder?', 'pwd && ls -la'],
  ['list your files', 'pwd && ls -la'],
])('uses Bash for "%s"', (said, command) => {
  const answer = reply(aRequest([introduction, user(hostPrompt(said))]));

  expect(answer).toMatchObject({ kind: 'tools', calls: [{ name: 'Bash', input: { command } }] });
});

test('answers with the trimmed output of the tool', () => {
  const result = { type: 'tool_result', tool_use_id: 't1', content: '  a.txt\nb.txt\n' };

  expect(textOf(afterTool([result], bashCall))).toBe('a.txt\nb.txt');
});

test('answers with the results of parallel tools in order, naming a failure', () => {
  const failed = { type: 'tool_result', tool_use_id: 't1', content: 'Exit code 3', is_error: true };
  const empty = { type: 'tool_result', tool_use_id: 't1', content: [] };

  expect(textOf(afterTool([failed, empty], bashCall))).toBe(
    'The tool Bash failed: Exit code 3\n\nThe tool Bash answered nothing.',
  );
});

test('answers both the tool and what was said while it ran', () => {
  const request = afterTool([{ type: 'tool_result', tool_use_id: 't1', content: 'done' }], bashCall);
  const note = `The user sent a new message while you were working:\n${hostPrompt('count to 2')}\n\nThis is how it works.`;
  const withNote = {
    ...request,
    messages: [...request.messages, { role: 'system' as const, blocks: [{ kind: 'text' as const, text: note }] }],
  };

  expect(textOf(withNote)).toBe('done\n\n1 2');
});

test('forgets the tool when the user stopped it', () => {
  const results = [
    { type: 'tool_result', tool_use_id: 't1', content: 'rejected', is_error: true },
    { type: 'text', text: '[Request interrupted by user for tool use]\n' },
    { type: 'text', text: hostPrompt('never mind') },
  ];

  expect(textOf(afterTool(results, bashCall))).toBe('You said: never mind');
});

test('counts one number per piece, slowly when asked, and never beyond its limit', () => {
  const slow = reply(aRequest([introduction, user('count to 1000000 slowly')]));

  expect(slow).toMatchObject({ kind: 'text', chunks: 100, delayMs: 150 });
  expect(String(slow.text)).toMatch(/ 99 100$/);
});

test('shortens a long echo and a long tool output', () => {
  const echoed = answerTo('x', 'y'.repeat(5_000));
  const output = textOf(afterTool([{ type: 'tool_result', tool_use_id: 't1', content: 'z'.repeat(50_000) }], bashCall));

  expect(echoed).toHaveLength('You said: '.length + 301);
  expect(output).toHaveLength(8_001);
});

test('writes a summary of the conversation from which it remembers', () => {
  const askForSummary = user(
    'CRITICAL: text only.\n\nYour task is to create a detailed summary of the conversation so far.',
  );
  const summary = textOf(
    aRequest([
      user(hostPrompt('my name is "Zoë"')),
      introduction,
      user(hostPrompt('my name is Ann')),
      introduction,
      askForSummary,
    ]),
  );
  const inner = summary.replace(/<\/?summary>/g, '');
  const continued = `This session is being continued from a previous conversation that ran out of context.\n${inner}`;

  expect(textOf(aRequest([user(continued), introduction, user(hostPrompt('what is my name?'))]))).toBe(
    'Your name is Ann.',
  );
  expect(textOf(aRequest([user(continued), introduction, user(hostPrompt('what did I say first?'))]))).toBe(
    'First you said: my name is "Zoë"',
  );
});
