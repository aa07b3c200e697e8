import type { ChatRequest, MessageRequest, TaskRequest } from '@nanoclaw/protocol';
import { describe, expect, test } from 'vitest';
import { authorize } from './request-rights.ts';

const main = { folder: 'main', jid: 'tg:1', isMain: true, isTeammate: false };
const other = { folder: 'friends', jid: 'tg:2', isMain: false, isTeammate: false };

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

  test('a teammate may speak, send files and search, and nothing else', () => {
    const mate = { folder: 'team-0123456789ab', jid: 'team:friends/bob', isMain: false, isTeammate: true };
    const file = { type: 'file', chatJid: mate.jid, path: 'x' } as const;
    const allowed = [message(mate.jid), file, { type: 'search_history', query: 'x' } as const];
    expect(allowed.map((request) => authorize(mate, request).allow)).toEqual([true, true, true]);
    const refused: (TaskRequest | ChatRequest)[] = [
      message('tg:2'),
      { ...file, chatJid: 'tg:2' },
      schedule(),
      register,
      { type: 'start_teammate', name: 'eve', role: 'r', prompt: 'p' },
      { type: 'stop_teammate', name: 'bob' },
      { type: 'question', id: 'q', question: 'x', timeoutSeconds: 60 },
      { type: 'reaction', messageId: 1, emoji: '👍' },
    ];
    expect(refused.filter((request) => authorize(mate, request).allow)).toEqual([]);
  });
});
