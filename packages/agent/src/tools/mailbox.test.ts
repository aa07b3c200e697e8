import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageRequest, TaskRequest } from '@nanoclaw/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMailbox } from './mailbox.ts';

const ID = '1712345678901-ab12';
const REQUEST = { type: 'message' as const, chatJid: 'local:main', text: 'hi' };

let directory: string;
let deadline: AbortController;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-mailbox-'));
  deadline = new AbortController();
});

afterEach(() => rmSync(directory, { recursive: true }));

const aMailbox = () => createMailbox({ directory, newId: () => ID, deadline: () => deadline.signal });

function answer(content: unknown): void {
  const temporary = join(directory, 'temporary');
  writeFileSync(temporary, typeof content === 'string' ? content : JSON.stringify(content));
  renameSync(temporary, join(directory, 'responses', `${ID}.json`));
}

const readRequest = (box: string): unknown => JSON.parse(readFileSync(join(directory, box, `${ID}.json`), 'utf8'));

test('a request is one whole file under its id, and its answer is the outcome', async () => {
  const outcome = aMailbox().send(REQUEST);

  expect(readdirSync(join(directory, 'messages'))).toEqual([`${ID}.json`]);
  expect(MessageRequest.parse(readRequest('messages'))).toEqual({ ...REQUEST, id: ID });
  answer({ ok: true, note: 'more' });
  expect(await outcome).toEqual({ kind: 'answered', answer: { ok: true, note: 'more' } });
});

test('a refusal comes back with its reason, and the answer file is gone', async () => {
  const outcome = aMailbox().change({ type: 'pause_task', taskId: 'task-1' });

  expect(TaskRequest.parse(readRequest('tasks'))).toEqual({ type: 'pause_task', taskId: 'task-1', id: ID });
  answer({ ok: false, error: 'no such task' });
  expect(await outcome).toEqual({ kind: 'answered', answer: { ok: false, error: 'no such task' } });
  expect(readdirSync(join(directory, 'responses'))).toEqual([]);
});

test("other requests' answers are left alone", async () => {
  const outcome = aMailbox().send(REQUEST);

  writeFileSync(join(directory, 'responses', 'another.json'), '{"ok":true}');
  answer({ ok: true });

  await outcome;
  expect(readdirSync(join(directory, 'responses'))).toEqual(['another.json']);
});

test('a host that stays silent until the deadline is an outcome of its own', async () => {
  const outcome = aMailbox().send(REQUEST);

  deadline.abort();

  expect(await outcome).toEqual({ kind: 'unanswered' });
});

test('an answer that makes no sense is no answer', async () => {
  const outcome = aMailbox().send(REQUEST);

  answer('{"ok":"perhaps"}');

  expect(await outcome).toEqual({ kind: 'unanswered' });
});
