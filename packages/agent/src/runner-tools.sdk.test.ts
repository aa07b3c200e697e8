import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastToolResult } from '@nanoclaw/model-practice';
import { MessageRequest } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { runnerSuite } from '../test/runner-suite.ts';
import { answerRequest, calls, says } from '../test/start-runner.ts';

const { start, workspace } = runnerSuite();

/** What the model was told about the tool it called last. */
const told = () => lastToolResult(workspace().model.requests.at(-1)!.request!);

test('send_message is a request to the host, and the model hears when it was sent', async () => {
  workspace().model.enqueue(
    calls('mcp__nanoclaw__send_message', { text: 'working on it', sender: 'Cook' }),
    says('done'),
  );
  const runner = start();

  const request = await answerRequest(workspace(), runner, { ok: true });
  await runner.until(() => runner.outcomes()[0]);

  expect(MessageRequest.parse(request)).toMatchObject({
    type: 'message',
    chatJid: 'local:main',
    text: 'working on it',
    sender: 'Cook',
  });
  expect(told()).toMatchObject({ text: 'Message sent.', isError: false });
});

test('a refusal reaches the model with its reason, also after the host asked to close', async () => {
  workspace().model.enqueue(says('one'), calls('mcp__nanoclaw__send_message', { text: 'psst' }), says('I may not'));
  const runner = start();
  await runner.until(() => runner.outcomes()[0]);
  runner.give({ type: 'message', text: 'tell them' });
  await runner.until(() => workspace().model.requests.length === 2);

  runner.close();
  await answerRequest(workspace(), runner, { ok: false, error: 'this chat may not be written to' });

  expect(await runner.exit).toBe(0);
  expect(told()).toMatchObject({ text: 'this chat may not be written to', isError: true });
  expect(runner.outcomes()[1]).toMatchObject({ result: 'I may not', ack: 1 });
});

test('list_tasks is found by ToolSearch and lists what the host wrote', async () => {
  const task = { id: 'task-1', groupFolder: 'main', prompt: 'Water the plants', status: 'active', next_run: null };
  const schedule = { schedule_type: 'interval', schedule_value: '3600000' };
  writeFileSync(join(workspace().root, 'ipc/current_tasks.json'), JSON.stringify([{ ...task, ...schedule }]));
  workspace().model.enqueue(
    calls('ToolSearch', { query: 'select:mcp__nanoclaw__list_tasks', max_results: 1 }),
    calls('mcp__nanoclaw__list_tasks', {}),
    says('one task'),
  );
  const runner = start();
  await runner.until(() => runner.outcomes()[0]);

  expect(told()?.text).toContain('- [task-1] Water the plants... (interval: 3600000) - active, next: N/A');
});

test('the agent works in its group directory and reads its memory files', async () => {
  workspace().model.enqueue(calls('Bash', { command: 'pwd' }), says('here'));
  writeFileSync(join(workspace().root, 'group/CLAUDE.md'), 'The cat is called Momo.');
  const runner = start();
  await runner.until(() => runner.outcomes()[0]);

  expect(told()?.text).toBe(join(workspace().root, 'group'));
  expect(JSON.stringify(workspace().model.requests[0]?.body)).toContain('The cat is called Momo.');
});

test('a picture that somebody has sent is seen by the model, not only named', async () => {
  // One red pixel.
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4EIwDiqkL4KAVIUEPrgMSZqAAAAAElFTkSuQmCC';
  const path = join(workspace().root, 'group/attachments/9-cat.png');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.from(png, 'base64'));
  workspace().model.enqueue(calls('Read', { file_path: path }), says('a red dot'));
  const runner = start();
  await runner.until(() => runner.outcomes()[0]);

  const results = JSON.stringify(workspace().model.requests.at(-1)?.body);
  expect(results).toMatch(/"type":"image","source":\{[^}]*"media_type":"image\/\w+"/);
});
