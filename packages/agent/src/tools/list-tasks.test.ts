import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listTasksTool } from './list-tasks.ts';

let ipc: string;

beforeEach(() => {
  ipc = mkdtempSync(join(tmpdir(), 'nanoclaw-tasks-'));
});

afterEach(() => rmSync(ipc, { recursive: true }));

const TASK = {
  id: 'task-1',
  groupFolder: 'main',
  prompt: 'Tell me what is new in the garden, at length and with every detail',
  schedule_type: 'cron',
  schedule_value: '0 9 * * 1',
  status: 'active',
  next_run: '2026-03-09T08:00:00.000Z',
};

async function list(): Promise<{ text: string; isError: boolean }> {
  const result = await listTasksTool(ipc).call({});
  const [content] = result.content;
  return { text: content?.type === 'text' ? content.text : '', isError: result.isError === true };
}

test('without a snapshot, or with an empty one, there are no tasks', async () => {
  expect(await list()).toEqual({ text: 'No scheduled tasks found.', isError: false });
  writeFileSync(join(ipc, 'current_tasks.json'), '[]');
  expect(await list()).toEqual({ text: 'No scheduled tasks found.', isError: false });
});

test("tasks are listed in v1's lines", async () => {
  writeFileSync(join(ipc, 'current_tasks.json'), JSON.stringify([TASK, { ...TASK, id: 'task-2', next_run: null }]));

  expect((await list()).text.split('\n')).toEqual([
    'Scheduled tasks:',
    '- [task-1] Tell me what is new in the garden, at length and w... (cron: 0 9 * * 1) - active, next: 2026-03-09T08:00:00.000Z',
    '- [task-2] Tell me what is new in the garden, at length and w... (cron: 0 9 * * 1) - active, next: N/A',
  ]);
});

test('a snapshot that makes no sense is said to be unreadable', async () => {
  writeFileSync(join(ipc, 'current_tasks.json'), '{oops');

  expect(await list()).toEqual({ text: 'The list of scheduled tasks cannot be read.', isError: true });
});
