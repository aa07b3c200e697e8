import { lastToolResult } from '@nanoclaw/model-practice';
import { TaskRequest } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { runnerSuite } from '../test/runner-suite.ts';
import { answerRequest, calls, says } from '../test/start-runner.ts';

const { start, workspace } = runnerSuite();

/** What the model was told about the tool it called last. */
const told = () => lastToolResult(workspace().model.requests.at(-1)!.request!)?.text;

/** The model loads a tool and calls it; gives what the host is asked and, once it has answered, the model is told. */
async function use(tool: string, args: object, answer: object, isMain = true): Promise<unknown> {
  const name = `mcp__nanoclaw__${tool}`;
  const search = calls('ToolSearch', { query: `select:${name}`, max_results: 1 });
  workspace().model.enqueue(search, calls(name, args), says('done'));
  const runner = start({ input: { timezone: 'Europe/Berlin', isMain } });
  const request = await answerRequest(workspace(), runner, answer, 'tasks');
  await runner.until(() => runner.outcomes()[0]);
  return TaskRequest.parse(request);
}

const NEXT = { ok: true, taskId: 'task-7', status: 'active', nextRun: '2026-03-09T08:00:00.000Z' };

test('schedule_task tells the model the id and the next run, in the time of the owner', async () => {
  const args = { prompt: 'brief me', schedule_type: 'cron', schedule_value: '0 9 * * 1' };

  const request = await use('schedule_task', { ...args, target_group_jid: 'local:work' }, NEXT);

  expect(request).toMatchObject({ type: 'schedule_task', ...args, targetJid: 'local:work' });
  expect(told()).toBe('Task task-7 scheduled: cron - 0 9 * * 1. Next run: Monday 2026-03-09 09:00 (Europe/Berlin).');
});

test('a refusal of the host is what the model is told', async () => {
  const args = { prompt: 'p', schedule_type: 'once', schedule_value: '2020-01-01T00:00:00' };
  await use('schedule_task', args, { ok: false, error: 'it has passed' });
  expect(told()).toBe('it has passed');
});

test.each([
  ['pause_task', { ...NEXT, status: 'paused' }, 'Task task-7 paused.'],
  ['resume_task', NEXT, 'Task task-7 resumed. Next run: Monday 2026-03-09 09:00 (Europe/Berlin).'],
  ['cancel_task', { ok: true }, 'Task task-7 cancelled.'],
])('%s says what became of it', async (tool, answer, expected) => {
  expect(await use(tool, { task_id: 'task-7' }, answer)).toMatchObject({ type: tool, taskId: 'task-7' });
  expect(told()).toBe(expected);
});

test('update_task asks for what is named alone', async () => {
  const request = await use('update_task', { task_id: 'task-7', script: '' }, NEXT);
  expect(request).toEqual({ id: expect.any(String), type: 'update_task', taskId: 'task-7', script: '' });
  expect(told()).toMatch(/^Task task-7 updated\. Next run/);
});

test('search_history shows what was found', async () => {
  const messages = [{ id: 4, sender: 'Ann', time: '2026-03-04T11:00:00Z', text: 'the dentist' }];
  const request = await use('search_history', { query: 'dent' }, { ok: true, messages, hasMore: true }, false);
  expect(request).toMatchObject({ type: 'search_history', query: 'dent' });
  expect(told()).toMatch(/^\[4\] 2026-03-04T11:00:00Z Ann: the dentist\n… and older ones/);
});

test('register_group tells main what is answered there', async () => {
  const args = { jid: 'tg:1', name: 'Dev', folder: 'telegram_dev', trigger: '@Andy' };
  const request = await use('register_group', args, { ok: true, ...args, requiresTrigger: true });
  expect(request).toMatchObject({ type: 'register_group', ...args });
  expect(told()).toContain('Dev (tg:1), folder telegram_dev: messages with @Andy will be answered.');
});

test('tools of the main chat are offered to no other', async () => {
  workspace().model.enqueue(says('hello'));
  const runner = start({ input: { isMain: false } });
  await runner.until(() => runner.outcomes()[0]);
  const request = JSON.stringify(workspace().model.requests[0]?.body);
  expect(request).toContain('mcp__nanoclaw__schedule_task');
  expect(request).not.toContain('register_group');
});
