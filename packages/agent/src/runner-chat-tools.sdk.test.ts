import { lastToolResult } from '@nanoclaw/model-practice';
import { ChatRequest } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { runnerSuite } from '../test/runner-suite.ts';
import { answerRequest, calls, says } from '../test/start-runner.ts';

const { start, workspace } = runnerSuite();

const told = () => lastToolResult(workspace().model.requests.at(-1)!.request!);

async function use(tool: string, args: object, answer: object): Promise<unknown> {
  const name = `mcp__nanoclaw__${tool}`;
  const search = calls('ToolSearch', { query: `select:${name}`, max_results: 1 });
  workspace().model.enqueue(search, calls(name, args), says('done'));
  const runner = start();
  const request = await answerRequest(workspace(), runner, answer);
  await runner.until(() => runner.outcomes()[0]);
  return ChatRequest.parse(request);
}

test('send_file says what is on its way', async () => {
  const answer = { ok: true, name: 'report.pdf', bytes: 13 };
  expect(await use('send_file', { path: 'report.pdf', caption: 'here' }, answer)).toMatchObject({
    ...{ type: 'file', chatJid: 'local:main', path: 'report.pdf', caption: 'here' },
  });
  expect(told()?.text).toBe('File report.pdf (13 bytes) is on its way.');
});

test('react names the message by its number', async () => {
  expect(await use('react', { message_id: '12', emoji: '👍' }, { ok: true })).toMatchObject({
    ...{ type: 'reaction', messageId: 12, emoji: '👍' },
  });
  expect(told()?.text).toBe('Reacted with 👍.');
});

test('ask_user waits for the answer, and tells whose it is', async () => {
  const answer = { ok: true, answer: 'Blue', sender: 'Ann', senderId: 'tg:77' };
  const args = { question: 'Red or blue?', options: ['Red', 'Blue'] };
  expect(await use('ask_user', args, answer)).toMatchObject({ type: 'question', ...args, timeoutSeconds: 300 });
  expect(told()?.text).toBe('Ann answered: Blue');
});

test('ask_user that nobody answers says so', async () => {
  await use('ask_user', { question: 'Anybody?', timeout: 10 }, { ok: false, error: 'nobody has answered' });
  expect(told()).toMatchObject({ text: 'nobody has answered', isError: true });
});

test('arguments that cannot be are told to the model, and the host is not asked', async () => {
  const name = 'mcp__nanoclaw__ask_user';
  const search = calls('ToolSearch', { query: `select:${name}`, max_results: 1 });
  workspace().model.enqueue(search, calls(name, { question: 'x', options: ['only one'] }), says('I see'));
  const runner = start();
  await runner.until(() => runner.outcomes()[0]);
  expect(told()).toMatchObject({ text: expect.stringContaining('options'), isError: true });
});
