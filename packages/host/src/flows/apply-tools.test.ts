import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RequestAnswer } from '@nanoclaw/protocol';
import { createManualClock, insertTask } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLiveAgents } from '../agents/live-agents.ts';
import { openAskForMounts } from '../app-approvals.ts';
import { manageAll } from '../app-manage.ts';
import { openStores, type Stores } from '../app-stores.ts';
import type { Channel } from '../channels/channel.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { homePaths, prepareHome } from '../config/home-files.ts';
import { silentLog } from '../kernel/log.ts';
import { createKeptFiles, MAX_SENT_FILE_BYTES } from '../messages/kept-files.ts';
import type { ChatJid } from '../messages/message.ts';
import { MIN_INTERVAL_MS } from '../tasks/plan-task.ts';
import { applyRequest } from './apply-request.ts';
import { createApprovals } from './approvals.ts';
import { registerGroup } from './manage-groups.ts';
import { MAX_TASKS_PER_GROUP } from './manage-tasks.ts';
import { MAX_TEAMMATES } from './manage-team.ts';
import { createQuestions } from './questions.ts';
import { createRunVoice } from './run-voice.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');
let now = NOON;
let home: string;
let stores: Stores;
let changes: string[];
const clock = createManualClock();
/** A chat app that shows reactions. */
const channel = { react: async () => ({ kind: 'sent', platformId: 'x' }) } as Partial<Channel> as Channel;
let deps: Parameters<typeof applyRequest>[0];

beforeEach(() => {
  now = NOON;
  changes = [];
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-tools-'));
  const config = loadConfig({ NANOCLAW_HOME: home, TZ: 'Europe/Berlin' }, home);
  prepareHome(homePaths(home));
  stores = openStores(':memory:');
  const told = {
    onTasksChanged: () => void changes.push('tasks'),
    onGroupsChanged: () => void changes.push('groups'),
  };
  const manage = manageAll({ config, stores, now: () => now }, told);
  const chats = {
    questions: createQuestions({ clock, log: silentLog }),
    keptFiles: createKeptFiles({ directory: join(home, 'data', 'files'), files: stores.files, now: () => now }),
    groupsDirectory: join(home, 'groups'),
    channelOf: () => channel,
  };
  const live = createLiveAgents({ clock, idleMs: 1, onIdleExpired: () => undefined });
  const manageTeam = {
    ...{ ...stores, liveAgents: () => live, assistantName: 'Andy', now: () => now, log: silentLog },
    onStored: () => undefined,
  };
  const paths = homePaths(home);
  const askForMounts = openAskForMounts({ config, paths, log: silentLog }, asked(config), manage.manageGroups);
  deps = { ...stores, ...manage, ...chats, askForMounts, manageTeam, now: () => now, onOutgoing: () => undefined };
  for (const name of ['main', 'friends', 'work']) {
    registerGroup(manage.manageGroups, { jid: `local:${name}`, name, folder: name, isMain: name === 'main' });
  }
});
afterEach(() => {
  stores.database.close();
  rmSync(home, { recursive: true });
});

/** What the owner is asked. */
const asked = (config: Config) =>
  createApprovals({
    ...stores,
    timeoutMs: config.variables.APPROVAL_TIMEOUT,
    onOutgoing: () => undefined,
    clock: { ...clock, now: () => now },
    log: silentLog,
  });

function ask(from: 'main' | 'friends' | 'work', document: object): RequestAnswer {
  const requester = {
    folder: from,
    jid: `local:${from}`,
    isMain: from === 'main',
    isTeammate: false,
    turnAtHand: () => undefined,
  };
  const voice = createRunVoice({ ...stores, now: () => now, earlier: [] });
  const mailbox = join(home, 'data', 'ipc', from);
  const { answer } = applyRequest(deps, { ...requester, voice, mailbox }, { id: 'r1', ...document });
  return answer ?? { ok: true, note: 'later' };
}

const schedule = (more: object = {}) => ({
  ...{ type: 'schedule_task', prompt: 'brief me', schedule_type: 'cron', schedule_value: '0 9 * * 1' },
  ...more,
});
const made = (from: 'main' | 'friends' | 'work', more: object = {}): string => {
  const answer = ask(from, schedule(more));
  if (!answer.ok) throw new Error(answer.error);
  return String(answer['taskId']);
};
const error = (answer: RequestAnswer): string => (answer.ok ? 'it was agreed to' : answer.error);

describe('schedule_task', () => {
  test('answers with the id and the next run, and the task is there as it was wished', () => {
    const answer = ask('friends', schedule({ script: 'echo', model: 'claude-haiku-4-5', context_mode: 'isolated' }));

    expect(answer).toMatchObject({ ok: true, status: 'active', nextRun: '2026-03-09T08:00:00.000Z' });
    expect(stores.tasks.details()).toMatchObject([
      {
        ...{ groupFolder: 'friends', chatJid: 'local:friends', prompt: 'brief me', script: 'echo' },
        ...{ model: 'claude-haiku-4-5', contextMode: 'isolated', status: 'active' },
      },
    ]);
    expect(changes).toEqual(['tasks']);
  });

  test('goes on with the conversation of the chat unless it says otherwise', () => {
    expect(stores.tasks.detail(made('friends'))).toMatchObject({ contextMode: 'group', model: null, script: null });
  });

  test('for another chat is for main alone, and for chats that are registered', () => {
    expect(error(ask('friends', schedule({ targetJid: 'local:work' })))).toContain('only schedule tasks for itself');
    expect(error(ask('main', schedule({ targetJid: 'tg:404' })))).toBe('chat tg:404 is not registered');
    expect(stores.tasks.detail(made('main', { targetJid: 'local:work' }))).toMatchObject({ groupFolder: 'work' });
  });

  test.each([
    ['cron', 'nonsense', 'five fields'],
    ['cron', '0 0 30 2 *', 'never comes true'],
    ['interval', '0', 'an interval is a number'],
    ['interval', String(MIN_INTERVAL_MS - 1), 'the shortest interval is 60000 milliseconds'],
    ['once', 'tomorrow', 'a time looks like'],
    ['once', '2026-03-04T12:59:59', 'has passed: it is 2026-03-04T13:00:00 in Europe/Berlin'],
  ])('of %s %s is refused with a reason to act on', (schedule_type, schedule_value, reason) => {
    expect(error(ask('friends', schedule({ schedule_type, schedule_value })))).toContain(reason);
    expect(stores.tasks.details()).toEqual([]);
    expect(changes).toEqual([]);
  });

  test('takes the id of an older image, and no id that is taken or could be one of the host', () => {
    expect(made('friends', { taskId: 'task-1-abc' })).toBe('task-1-abc');
    expect(error(ask('work', schedule({ taskId: 'task-1-abc' })))).toContain('exists already');
    expect(made('friends', { taskId: 'compact-main' })).toMatch(/^task-[0-9a-f]{12}$/);
  });

  test('is refused beyond the limit of a group, and other groups still may', () => {
    for (let index = 0; index < MAX_TASKS_PER_GROUP; index++) made('friends');
    expect(error(ask('friends', schedule()))).toContain(`has ${MAX_TASKS_PER_GROUP} tasks`);
    expect(ask('work', schedule())).toMatchObject({ ok: true });
  });
});

describe.each(['pause_task', 'resume_task', 'cancel_task', 'update_task'])('%s', (type) => {
  test('of a task of another chat is answered as of one that does not exist, and main may', () => {
    const taskId = made('work');
    const before = stores.tasks.detail(taskId);

    expect(error(ask('friends', { type, taskId, prompt: 'mine' }))).toBe(`there is no task ${taskId}`);
    expect(error(ask('friends', { type, taskId: 'nope' }))).toBe('there is no task nope');
    expect(stores.tasks.detail(taskId)).toEqual(before);
    expect(ask('main', { type, taskId, prompt: 'mine' })).toMatchObject({ ok: true });
  });

  test('cannot touch what the host schedules for itself', () => {
    stores.taskRuns.claimCompaction({ folder: 'friends', jid: 'local:friends' }, NOON);
    expect(error(ask('main', { type, taskId: 'compact-friends' }))).toBe('there is no task compact-friends');
  });
});

describe('a task of its own', () => {
  test('is paused, and goes on with the next time of its schedule, not with what it missed', () => {
    const taskId = made('friends');
    expect(ask('friends', { type: 'pause_task', taskId })).toMatchObject({ ok: true, status: 'paused' });
    now = Date.parse('2026-04-01T00:00:00Z');
    expect(ask('friends', { type: 'resume_task', taskId })).toMatchObject({
      ...{ ok: true, status: 'active' },
      nextRun: '2026-04-06T07:00:00.000Z',
    });
  });

  test('that was to run once is not resumed when its time has passed, and is with another one', () => {
    const taskId = made('friends', { schedule_type: 'once', schedule_value: '2026-03-05T09:00:00' });
    ask('friends', { type: 'pause_task', taskId });
    now = Date.parse('2026-03-06T00:00:00Z');
    expect(error(ask('friends', { type: 'resume_task', taskId }))).toContain('its time has passed');
    // A value without a type is one of the type that the task has.
    const change = { type: 'update_task', taskId, schedule_value: '2026-03-07T09:00:00' };
    expect(ask('friends', change)).toMatchObject({ ok: true, status: 'paused', nextRun: '2026-03-07T08:00:00.000Z' });
    expect(ask('friends', { type: 'resume_task', taskId })).toMatchObject({ ok: true, status: 'active' });
  });

  test('that is completed cannot be paused, and runs again when it gets another time', () => {
    const taskId = insertTask(stores.database, { folder: 'friends', status: 'completed', nextRun: null });
    expect(error(ask('friends', { type: 'pause_task', taskId }))).toContain('is completed');
    const change = { type: 'update_task', taskId, schedule_type: 'interval', schedule_value: '60000' };
    expect(ask('friends', change)).toMatchObject({ ok: true, status: 'active', nextRun: '2026-03-04T12:01:00.000Z' });
  });

  test('changes only in what is named, and an empty script or model takes it away', () => {
    const taskId = made('friends', { script: 'echo', model: 'some-model' });
    ask('friends', { type: 'update_task', taskId, prompt: 'other' });
    expect(stores.tasks.detail(taskId)).toMatchObject({ prompt: 'other', script: 'echo', model: 'some-model' });
    ask('friends', { type: 'update_task', taskId, script: '', model: '' });
    expect(stores.tasks.detail(taskId)).toMatchObject({ prompt: 'other', script: null, model: null });
    const other = { type: 'update_task', taskId, schedule_type: 'interval' };
    expect(error(ask('friends', other))).toContain('needs its value');
  });

  test('is gone when it is cancelled, with a run that was to be done', () => {
    const taskId = made('friends');
    stores.taskRuns.claimNow(taskId, now);
    expect(ask('friends', { type: 'cancel_task', taskId })).toMatchObject({ ok: true });
    expect(stores.tasks.detail(taskId)).toBeUndefined();
    expect(stores.taskRuns.claimed()).toEqual([]);
  });
});

const registration = (more: object = {}) => ({
  ...{ type: 'register_group', jid: 'tg:-100', name: 'Dev team', folder: 'telegram_dev', trigger: '@Andy' },
  ...more,
});

describe('registrations', () => {
  test.each(['register_group', 'update_group', 'remove_group', 'refresh_groups'])('%s is for main alone', (type) => {
    expect(error(ask('friends', registration({ type, jid: 'local:work' })))).toContain('only the main group');
    expect(changes).toEqual([]);
  });

  test('main registers a chat, never as main, and without internet', () => {
    const answer = ask('main', registration({ isMain: true, egress: 'open', requiresTrigger: false }));

    expect(answer).toMatchObject({ ok: true, folder: 'telegram_dev', requiresTrigger: false });
    expect(stores.groups.find('tg:-100')).toMatchObject({ isMain: false, egress: null, requiresTrigger: false });
    expect(existsSync(join(home, 'groups', 'telegram_dev', 'CLAUDE.md'))).toBe(true);
    expect(changes).toEqual(['groups']);
  });

  test('a chat or a folder that is taken is refused, and so is a folder that would lead elsewhere', () => {
    expect(error(ask('main', registration({ jid: 'local:work' })))).toContain('registered already');
    expect(error(ask('main', registration({ folder: 'WORK' })))).toContain('belongs to chat local:work');
    for (const folder of ['../x', 'global', 'a/b', '']) {
      expect(ask('main', registration({ folder }))).toMatchObject({ ok: false });
    }
    expect(stores.groups.list()).toHaveLength(3);
  });

  test('with folders of the machine that the mount allowlist does not permit are refused, and nobody is asked', () => {
    const wishes = [{ hostPath: '~/notes', containerPath: 'notes', readonly: false }];
    const answer = ask('main', registration({ containerConfig: { additionalMounts: wishes } }));
    expect(error(answer)).toMatch(/refused by the mount allowlist/);
    expect([stores.groups.find('tg:-100'), stores.approvals.waiting()]).toEqual([undefined, []]);
    const bad = { containerConfig: { additionalMounts: [{ hostPath: 7 }] } };
    expect(error(ask('main', registration(bad)))).toContain('hostPath');
  });

  test('main changes what is its to change, and removes every group but itself', () => {
    const change = { type: 'update_group', jid: 'local:work', trigger: '@Bob', model: 'some-model', egress: 'open' };
    expect(ask('main', change)).toMatchObject({ ok: true, trigger: '@Bob', model: 'some-model' });
    expect(stores.groups.find('local:work')).toMatchObject({ trigger: '@Bob', egress: null });
    expect(error(ask('main', { type: 'remove_group', jid: 'local:main' }))).toContain('only be removed by its owner');
    expect(ask('main', { type: 'remove_group', jid: 'local:work' })).toMatchObject({ ok: true });
    expect(stores.groups.list().map(({ folder }) => folder)).toEqual(['main', 'friends']);
    expect(error(ask('main', { type: 'remove_group', jid: 'local:work' }))).toContain('is not registered');
  });
});

describe('search_history', () => {
  const say = (chat: string, content: string): void => {
    const chatJid = `local:${chat}` as ChatJid;
    const count = stores.messages.newestSeq();
    const from = { id: `m${count}`, chatJid, sender: 'ann', senderName: 'Ann', timestamp: '2026-03-04T11:00:00Z' };
    stores.messages.accept({ jid: chatJid, channel: 'local', isGroup: true }, { ...from, content });
  };
  const found = (from: 'main' | 'friends', query: string, limit?: number): unknown => {
    const answer = ask(from, { type: 'search_history', query, ...(limit && { limit }) });
    return answer.ok ? (answer['messages'] as { text: string }[]).map(({ text }) => text) : answer.error;
  };

  test('finds by all words, also by their beginnings and without accents, the newest first', () => {
    for (const text of ['the café opens at nine', 'which cafe?', 'the train leaves at nine', 'Café Müller']) {
      say('friends', text);
    }
    expect(found('friends', 'caf nine')).toEqual(['the café opens at nine']);
    expect(found('friends', 'cafe', 2)).toEqual(['Café Müller', 'which cafe?']);
    expect(ask('friends', { type: 'search_history', query: 'cafe', limit: 2 })).toMatchObject({ hasMore: true });
  });

  test('finds in the chat of who asks alone: main has no other history either', () => {
    say('friends', 'the secret of friends');
    expect(found('main', 'secret')).toEqual([]);
    expect(found('friends', 'secret')).toEqual(['the secret of friends']);
  });

  test('finds parts of texts that have no words, and takes nothing for an operator', () => {
    say('friends', '明日は東京で会いましょう');
    say('friends', '100 % sure "AND" so*');
    expect(found('friends', '東京')).toEqual(['明日は東京で会いましょう']);
    expect(found('friends', '"AND" so*')).toEqual(['100 % sure "AND" so*']);
    expect(found('friends', '% s')).toEqual(['100 % sure "AND" so*']);
    expect(found('friends', 'content:x OR NEAR(')).toEqual([]);
    expect(found('friends', '"')).toEqual(['100 % sure "AND" so*']);
  });

  test('finds what is not in the index yet, and an index in steps finds the same', () => {
    for (let index = 0; index < 25; index++) say('friends', `note ${index}`);
    expect(stores.messages.indexMessages(10)).toBe(10);
    expect(found('friends', 'note', 50)).toHaveLength(25);
    say('friends', 'note 25');
    expect(stores.messages.indexMessages(10)).toBe(1);
    expect(stores.messages.indexMessages(10)).toBe(0);
    expect(found('friends', 'note', 50)).toHaveLength(26);
  });

  test('takes short words as they are, long ones as beginnings too, and ids of chats for nothing else', () => {
    say('friends', 'an island');
    say('work', 'an ocean');
    expect(found('friends', 'a')).toEqual(['an island']);
    expect(found('friends', 'an')).toEqual(['an island']);
    expect(found('friends', 'isl')).toEqual(['an island']);
    expect(found('friends', 'local')).toEqual([]);
    expect(stores.messages.search('an', { limit: 10 }).map(({ content }) => content)).toEqual([
      'an ocean',
      'an island',
    ]);
  });

  test('finds what a message says now, and nothing that was taken back', () => {
    say('friends', 'meet at the harbour');
    say('friends', 'bring the anchor');
    say('friends', 'we leave from the pier');
    found('friends', 'anchor');
    say('friends', 'or from the beach');
    stores.messages.edit('local:friends' as ChatJid, 'm3', { content: 'or by train', at: '' });
    stores.messages.edit('local:friends' as ChatJid, 'm0', { content: 'meet at the station', at: '' });
    stores.messages.markDeleted('local:friends' as ChatJid, 'm1', '');
    expect(found('friends', 'beach')).toEqual([]);
    expect([found('friends', 'harbour'), found('friends', 'station'), found('friends', 'anchor')]).toEqual([
      [],
      ['meet at the station'],
      [],
    ]);
  });
});

describe('send_file', () => {
  const inGroup = (name: string, content: string | Buffer = 'hello'): string => {
    const path = join(home, 'groups', 'friends', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const send = (path: string, more: object = {}) =>
    ask('friends', { type: 'file', chatJid: 'local:friends', path, ...more });
  const outbox = () =>
    stores.database.prepare("SELECT text, payload FROM outbox WHERE chat_jid = 'local:friends'").all() as {
      text: string;
      payload: string;
    }[];

  test('sends a file as it is when it is sent, by a path from the folder or an absolute one', () => {
    const path = inGroup('out/report.pdf', '%PDF-1.7 rest');
    expect(send('out/report.pdf', { caption: 'the report<internal>x</internal>' })).toMatchObject({ ok: true });
    expect(send('/workspace/group/./out/report.pdf')).toMatchObject({ ok: true, name: 'report.pdf', bytes: 13 });
    writeFileSync(path, 'changed since');

    expect(outbox().map(({ text }) => text)).toEqual(['[document: report.pdf] the report', '[document: report.pdf]']);
    const { key } = JSON.parse(outbox()[0]!.payload);
    expect(readFileSync(join(home, 'data', 'files', key), 'utf8')).toBe('%PDF-1.7 rest');
    expect(stores.files.find(key)).toMatchObject({ mime: 'application/pdf', groupFolder: 'friends' });
  });

  test('is what its bytes say, whatever its name says', () => {
    inGroup('paper.pdf', 'GIF89a...');
    send('paper.pdf');
    expect(outbox()[0]?.text).toBe('[image: paper.pdf]');
  });

  test.each([
    ['../main/CLAUDE.md', 'only files below /workspace/group'],
    ['/etc/passwd', 'only files below /workspace/group'],
    ['/workspace/groups/x', 'only files below /workspace/group'],
    ['/workspace/group/../x', 'only files below /workspace/group'],
    ['nothing.txt', 'there is no file nothing.txt'],
    ['out', 'it is not a regular file'],
    ['link', 'it is a link'],
    ['linked/passwd', 'it is a link'],
    ['twice', 'more than one name'],
    ['a\0b', 'not a file name'],
    ['.', 'only files below'],
  ])('of %j is refused, and nothing is kept', (path, reason) => {
    inGroup('out/report.pdf');
    inGroup('one');
    symlinkSync('/etc/passwd', join(home, 'groups', 'friends', 'link'));
    symlinkSync('/etc', join(home, 'groups', 'friends', 'linked'));
    linkSync(join(home, 'groups', 'friends', 'one'), join(home, 'groups', 'friends', 'twice'));

    expect(error(send(path))).toContain(reason);
    expect(outbox()).toEqual([]);
    expect(readdirSync(join(home, 'data', 'files'))).toEqual([]);
  });

  test('has a largest size, and a file of it is copied in pieces', () => {
    truncateSync(inGroup('big'), MAX_SENT_FILE_BYTES + 1);
    expect(error(send('big'))).toContain(`larger than ${MAX_SENT_FILE_BYTES} bytes`);
    truncateSync(join(home, 'groups', 'friends', 'big'), MAX_SENT_FILE_BYTES);
    expect(send('big')).toMatchObject({ ok: true, bytes: MAX_SENT_FILE_BYTES });
  });

  test('to another chat is for main alone', () => {
    inGroup('a');
    expect(error(send('a', { chatJid: 'local:work' }))).toContain('only write to its own chat');
    writeFileSync(join(home, 'groups', 'main', 'a'), 'from main');
    expect(ask('main', { type: 'file', chatJid: 'local:work', path: 'a' })).toMatchObject({ ok: true });
    // Main's files are those of its own folder, too.
    expect(error(ask('main', { type: 'file', chatJid: 'local:work', path: '../friends/a' }))).toContain('only files');
  });

  test('keeps so much for a group; the oldest that were sent make room, never one that waits', () => {
    const big = inGroup('big');
    truncateSync(big, MAX_SENT_FILE_BYTES);
    for (let index = 0; index < 10; index++) expect(send('big')).toMatchObject({ ok: true });
    expect(error(send('big'))).toContain('too many files of this chat wait');

    stores.database.exec("UPDATE outbox SET state = 'sent' WHERE id = 1");
    expect(send('big')).toMatchObject({ ok: true });
    expect(readdirSync(join(home, 'data', 'files'))).toHaveLength(10);
  });
});

describe('react', () => {
  test('is for messages of the own chat, with one emoji', () => {
    const chatJid = 'local:friends' as ChatJid;
    const from = { id: 'p9', chatJid, sender: 'ann', senderName: 'Ann', timestamp: '' };
    const stored = stores.messages.accept(
      { jid: chatJid, channel: 'local', isGroup: true },
      { ...from, content: 'hi' },
    );
    const react = (who: 'friends' | 'work', emoji: string) =>
      ask(who, { type: 'reaction', messageId: String(stored?.seq), emoji });

    expect(react('friends', '👍🏽')).toMatchObject({ ok: true });
    expect(error(react('friends', 'ok'))).toBe('a reaction is one emoji');
    expect(error(react('friends', '👍👍'))).toBe('a reaction is one emoji');
    expect(error(react('work', '👍'))).toContain('this chat has no message');
    expect(stores.outbox.nextUnsent(chatJid)?.payload).toEqual({ kind: 'reaction', messageId: 'p9', emoji: '👍🏽' });
  });
});

describe('ask_user', () => {
  const friends = 'local:friends' as ChatJid;
  const asked = { type: 'question', question: 'Red or blue?', options: ['Red', 'Blue'], timeoutSeconds: 60 };
  const message = (content: string) => ({
    ...{ id: content, chatJid: friends, sender: 'ann', senderName: 'Ann', timestamp: '', content },
  });
  const by = { mayWake: true, isMeant: true };
  const answerFile = () => {
    const path = join(home, 'data', 'ipc', 'friends', 'responses', 'r1.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RequestAnswer) : undefined;
  };

  test('asks with numbers, and the answer by number or in words is the one of the list', () => {
    expect(ask('friends', asked)).toMatchObject({ note: 'later' });
    expect(stores.outbox.nextUnsent(friends)?.text).toBe('Red or blue?\n1. Red\n2. Blue');
    const { questions } = deps;

    expect(questions.answerIn(message('what do you mean?'), by)).toBeUndefined();
    expect(questions.answerIn(message('2'), { ...by, mayWake: false })).toBeUndefined();
    expect(questions.answerIn(message('3'), by)).toBeUndefined();
    expect(['2', '2.', '@Andy blue', 'BLUE!'].map((text) => questions.answerIn(message(text), by))).toEqual(
      Array(4).fill('Blue'),
    );
    questions.answer(message('2'), 'Blue');
    expect(answerFile()).toEqual({ ok: true, answer: 'Blue', sender: 'Ann', senderId: 'ann' });
    expect(questions.isWaiting(friends)).toBe(false);
  });

  test('without a list takes what is meant for the assistant', () => {
    ask('friends', { ...asked, options: undefined });
    expect(deps.questions.answerIn(message(' green '), { ...by, isMeant: false })).toBeUndefined();
    expect(deps.questions.answerIn(message(' green '), by)).toBe('green');
  });

  test('is answered when nobody answers, and asks one question at a time', async () => {
    ask('friends', asked);
    expect(error(ask('friends', { ...asked, id: 'r2' }))).toContain('one at a time');
    await clock.advance(60_000);
    expect(answerFile()).toEqual({ ok: false, error: 'nobody has answered within 60 seconds' });
    expect(ask('friends', asked)).toMatchObject({ note: 'later' });
  });

  test('of an agent that is gone takes no answer', () => {
    ask('friends', asked);
    deps.questions.forget(friends);
    expect(deps.questions.answerIn(message('1'), by)).toBeUndefined();
  });
});

describe('teams', () => {
  const start = (name: string) =>
    ask('friends', { type: 'start_teammate', name, role: 'finds things', prompt: 'look' });

  test('a teammate is a group of its own, without rights, known to its lead alone', () => {
    expect(start('bob')).toMatchObject({ ok: true, name: 'bob' });
    expect(stores.groups.find('team:friends/bob')).toMatchObject({
      ...{ name: 'bob', isMain: false, egress: null, mounts: [], team: { of: 'friends', role: 'finds things' } },
      folder: expect.stringMatching(/^team-[0-9a-f]{12}$/),
    });
    expect(ask('friends', { type: 'list_teammates' })).toMatchObject({
      teammates: [{ name: 'bob', role: 'finds things', phase: 'asleep' }],
    });
    expect(ask('work', { type: 'list_teammates' })).toMatchObject({ teammates: [] });
    expect(error(ask('work', { type: 'message_teammate', name: 'bob', text: 'x' }))).toBe('there is no teammate bob');
    expect(error(ask('main', { type: 'stop_teammate', name: 'bob' }))).toBe('there is no teammate bob');
  });

  test('a name that is taken or leads elsewhere is refused, and so is one too many', () => {
    start('bob');
    expect(error(start('bob'))).toContain('there is a teammate bob already');
    for (const name of ['../x', 'a/b', '', 'a b', '1']) expect(start(name)).toMatchObject({ ok: false });
    for (let index = 1; index < MAX_TEAMMATES; index++) start(`mate${index}`);
    expect(error(start('late'))).toContain(`${MAX_TEAMMATES} teammates`);
    ask('friends', { type: 'stop_teammate', name: 'bob' });
    expect(start('late')).toMatchObject({ ok: true });
  });

  test('goes with its group', () => {
    start('bob');
    ask('main', { type: 'remove_group', jid: 'local:friends' });
    expect(stores.groups.find('team:friends/bob')).toBeUndefined();
  });
});
