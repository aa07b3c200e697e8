import type { MessageRequest, TaskRequest } from '@nanoclaw/protocol';
import { describe, expect, test } from 'vitest';
import { authorize } from './request-rights.ts';

const main = { folder: 'main', jid: 'tg:1', isMain: true };
const other = { folder: 'friends', jid: 'tg:2', isMain: false };

const message = (chatJid: string): MessageRequest => ({ type: 'message', chatJid, text: 'x' });
const schedule = (targetJid?: string): TaskRequest => ({
  type: 'schedule_task',
  prompt: 'p',
  schedule_type: 'once',
  schedule_value: 'v',
  ...(targetJid === undefined ? {} : { targetJid }),
});
const register: TaskRequest = { type: 'register_group', jid: 'tg:3', name: 'n', folder: 'f', trigger: 't' };

describe('who may ask for what', () => {
  test.each<[string, MessageRequest | TaskRequest, boolean, boolean]>([
    ['a message to its own chat', message('tg:2'), true, true],
    ['a message to another chat', message('tg:3'), true, false],
    ['a task for itself', schedule(), true, true],
    ['a task for its own chat by name', schedule('tg:2'), true, true],
    ['a task for another chat', schedule('tg:3'), true, false],
    ['pausing a task', { type: 'pause_task', taskId: 't' }, true, true],
    ['resuming a task', { type: 'resume_task', taskId: 't' }, true, true],
    ['cancelling a task', { type: 'cancel_task', taskId: 't' }, true, true],
    ['changing a task', { type: 'update_task', taskId: 't' }, true, true],
    ['refreshing the chats', { type: 'refresh_groups' }, true, false],
    ['registering a chat', register, true, false],
  ])('%s', (_, request, mainMay, otherMay) => {
    expect(authorize(main, request).allow).toBe(mainMay);
    const verdict = authorize(other, request);
    expect(verdict.allow).toBe(otherMay);
    if (!verdict.allow) expect(verdict.reason).toMatch(/^(this group may only|only the main group may) /);
  });
});
