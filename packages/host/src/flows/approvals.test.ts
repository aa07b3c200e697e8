import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, type ManualClock } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_QUOTED_CHARS, parseApprovalAnswer, quoted } from '../access/approval.ts';
import { openSenderAllowlist } from '../access/sender-rules-files.ts';
import { manageAll, NOBODY_TOLD } from '../app-manage.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { loadConfig } from '../config/config.ts';
import { homePaths, prepareHome } from '../config/home-files.ts';
import { silentLog } from '../kernel/log.ts';
import type { ChatJid, InboundMessage } from '../messages/message.ts';
import { readRecord } from '../store/record-files.ts';
import { createApprovalAnswers } from './approval-answers.ts';
import {
  type Approvals,
  createApprovals,
  decideApproval,
  expireDue,
  forgetApproval,
  listApprovals,
  MAX_UNSENT_MS,
  USE_WITHIN_MS,
} from './approvals.ts';
import {
  askApproval,
  awaitApproval,
  MAX_ASKED_PER_DAY,
  MAX_WAITING_PER_GROUP,
  REFUSAL_HOLDS_MS,
  SILENCE_HOLDS_MS,
} from './ask-approval.ts';
import { registerGroup, removeGroup } from './manage-groups.ts';

const MAIN = 'local:main' as ChatJid;
const HOUR = 3_600_000;
let home: string;
let clock: ManualClock;
let stores: Stores;
let approvals: Approvals;
let manage: ReturnType<typeof manageAll>['manageGroups'];
let messages = 0;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-approvals-'));
  prepareHome(homePaths(home));
  clock = createManualClock(Date.parse('2026-03-04T12:00:00Z'));
  openHome();
  for (const folder of ['main', 'work', 'friends']) {
    registerGroup(manage, { jid: `local:${folder}`, name: folder, folder, isMain: folder === 'main' });
  }
});
afterEach(() => {
  stores.database.close();
  rmSync(home, { recursive: true });
});

/** The host as it starts; done twice it is a restart. */
function openHome(settings: Record<string, string> = {}): void {
  const config = loadConfig({ NANOCLAW_HOME: home, TZ: 'UTC', ...settings }, home);
  stores = openStores(join(home, 'messages.db'), { recordFile: join(home, 'record.jsonl') });
  manage = manageAll({ config, stores, now: clock.now }, NOBODY_TOLD).manageGroups;
  const { APPROVAL_TIMEOUT: timeoutMs } = config.variables;
  approvals = createApprovals({ ...stores, timeoutMs, onOutgoing: () => undefined, clock, log: silentLog });
}

const ask = (subject = 'example.com', { folder = 'work', run = 'run-1' } = {}) =>
  askApproval(approvals, {
    groupFolder: folder,
    kind: 'domain',
    subject,
    wish: `the agent of \`${folder}\` wants to reach \`${subject}\` on the internet.`,
    user: run,
  });
const waitingFor = (subject: string, where: Parameters<typeof ask>[1] = {}): number => {
  const verdict = ask(subject, where);
  if (verdict.kind !== 'waiting') throw new Error(`it is ${verdict.kind}`);
  return verdict.id;
};
const by = 'ann';
/** What main was told, oldest first; every text counts as sent. */
function told(): string[] {
  const texts: string[] = [];
  for (let row = stores.outbox.nextUnsent(MAIN); row !== undefined; row = stores.outbox.nextUnsent(MAIN)) {
    texts.push(row.text);
    stores.outbox.markSent(row.id, `platform-${row.id}`, clock.now());
  }
  return texts;
}
const recorded = () =>
  readRecord(join(home, 'record.jsonl'))
    .entries.filter(({ kind }) => kind === 'approval')
    .map(({ group, detail }) => [group, detail['what'], detail['subject'], detail['by']]);

/** Somebody says something; whether it was an answer to an approval. */
function say(content: string, more: Partial<InboundMessage> = {}, chat: string = MAIN): boolean {
  const message = { id: `m${messages++}`, chatJid: chat as ChatJid, sender: 'ann', senderName: 'Ann', content };
  const answers = createApprovalAnswers(approvals, openSenderAllowlist(join(home, 'sender-allowlist.json')));
  const group = stores.groups.find(chat);
  if (group === undefined) throw new Error('no such chat');
  const decide = answers.answerIn(group, { ...message, timestamp: '', isFromMe: true, ...more });
  decide?.();
  return decide !== undefined;
}

describe('a question to the owner', () => {
  test('is asked once in main, with its choices, its time and no other words', async () => {
    const id = waitingFor('example.com');

    expect(waitingFor('example.com', { run: 'run-2' })).toBe(id);
    expect(told()).toEqual([
      `Approval ${id}: the agent of \`work\` wants to reach \`example.com\` on the internet. Without an answer within 60 minutes it is refused.\nAnswer with yes ${id}, always ${id} or no ${id}.`,
    ]);
    expect(waitingFor('example.com', { folder: 'friends' })).not.toBe(id);
    expect(waitingFor('other.com')).not.toBe(id);
  });

  test('answered with yes holds for the run that uses it first, within its time, and is told and recorded', async () => {
    const id = waitingFor('example.com');
    told();
    decideApproval(approvals, id, { decision: 'yes', by });

    expect(told()).toEqual([`Approval ${id} is allowed once.`]);
    expect([ask('example.com'), ask('example.com')]).toEqual([{ kind: 'allowed' }, { kind: 'allowed' }]);
    expect(ask('example.com', { run: 'run-2' })).toMatchObject({ kind: 'waiting' });
    expect(ask('example.com', { folder: 'friends' })).toMatchObject({ kind: 'waiting' });
    await clock.advance(USE_WITHIN_MS);
    expect(ask('example.com')).toMatchObject({ kind: 'waiting' });
    expect(recorded().slice(0, 2)).toEqual([
      ['work', 'asked', 'example.com', undefined],
      ['work', 'allowed once', 'example.com', 'ann'],
    ]);
  });

  test('answered with always is not asked again, is listed, and is asked again once it is forgotten', async () => {
    const id = waitingFor('example.com');
    decideApproval(approvals, id, { decision: 'always', by });
    await clock.advance(1_000 * HOUR);

    expect(ask('example.com', { run: 'run-9' })).toEqual({ kind: 'allowed' });
    expect(listApprovals(approvals).always).toMatchObject([{ id, subject: 'example.com', decidedBy: 'ann' }]);
    expect(ask('sub.example.com')).toMatchObject({ kind: 'waiting' });
    forgetApproval(approvals, id, by);
    expect(listApprovals(approvals).always).toEqual([]);
    expect(ask('example.com')).toMatchObject({ kind: 'waiting' });
    expect(() => forgetApproval(approvals, id, by)).toThrow('nothing that is allowed from now on');
    expect(recorded()).toContainEqual(['work', 'forgotten', 'example.com', 'ann']);
  });

  test('answered with no is refused, for a while without being asked again', async () => {
    const id = waitingFor('example.com');
    decideApproval(approvals, id, { decision: 'no', by });

    expect(ask('example.com')).toEqual({ kind: 'refused', why: expect.stringContaining('the owner has said no') });
    await clock.advance(REFUSAL_HOLDS_MS);
    expect(ask('example.com')).toMatchObject({ kind: 'waiting' });
  });

  test('that nobody answers in time is refused, told and recorded, and asked again only after a while', async () => {
    const id = waitingFor('example.com');
    told();
    await clock.advance(HOUR);
    expireDue(approvals);

    expect(told()).toEqual([`Approval ${id} is refused: nobody has answered in time.`]);
    expect(ask('example.com')).toEqual({ kind: 'refused', why: expect.stringContaining('has not answered') });
    expect(() => decideApproval(approvals, id, { decision: 'yes', by })).toThrow('does not wait any more');
    await clock.advance(SILENCE_HOLDS_MS);
    expect(ask('example.com')).toMatchObject({ kind: 'waiting' });
    expect(recorded()).toContainEqual(['work', 'expired', 'example.com', 'the time']);
  });

  test('cannot be one of too many: not at the same time, and not in a day', async () => {
    for (let index = 0; index < MAX_WAITING_PER_GROUP; index++) waitingFor(`host${index}.com`);
    expect(ask('one-more.com')).toEqual({
      kind: 'refused',
      why: expect.stringContaining('wait for the owner already'),
    });
    expect(ask('one-more.com', { folder: 'friends' })).toMatchObject({ kind: 'waiting' });

    for (const { id } of stores.approvals.waiting()) decideApproval(approvals, id, { decision: 'no', by });
    for (let index = MAX_WAITING_PER_GROUP; index < MAX_ASKED_PER_DAY; index++) {
      decideApproval(approvals, waitingFor(`host${index}.com`), { decision: 'no', by });
    }
    expect(ask('one-more.com')).toEqual({ kind: 'refused', why: expect.stringContaining('which is the limit') });
    await clock.advance(24 * HOUR);
    expect(ask('one-more.com')).toMatchObject({ kind: 'waiting' });
  });

  test('is not asked, and refused with the reason, where there is nobody to ask or the host is not to ask', async () => {
    removeGroup(manage, stores.groups.main() ?? expect.fail());
    expect(ask()).toEqual({ kind: 'refused', why: expect.stringContaining('no main chat') });
    stores.database.close();
    openHome({ APPROVAL_TIMEOUT: '0' });
    expect(ask()).toEqual({ kind: 'refused', why: expect.stringContaining('is not asked on this host') });
    expect(stores.approvals.waiting()).toEqual([]);
  });

  test('is refused when main is gone before it was answered', async () => {
    const id = waitingFor('example.com');
    removeGroup(manage, stores.groups.main() ?? expect.fail());
    expireDue(approvals);
    expect(stores.approvals.find(id)).toMatchObject({ state: 'refused', decidedBy: 'the end of main' });
  });
});

describe('who waits', () => {
  test('hears the answer when it comes, and after its time that there is none yet', async () => {
    const id = waitingFor('example.com');
    const patient = awaitApproval(approvals, id, { ms: HOUR / 2, user: 'run-1' });
    const hasty = awaitApproval(approvals, id, { ms: 1_000 });
    await clock.advance(1_000);
    expect(await hasty).toEqual({ kind: 'waiting', id });
    decideApproval(approvals, id, { decision: 'yes', by });
    expect(await patient).toEqual({ kind: 'allowed' });
    expect(await awaitApproval(approvals, id, { ms: HOUR })).toEqual({ kind: 'allowed' });
    // What was allowed once has been used by then.
    expect(ask('example.com', { run: 'run-2' })).toMatchObject({ kind: 'waiting' });
    expect(await awaitApproval(approvals, id, { ms: HOUR, user: 'run-2' })).toMatchObject({ kind: 'refused' });
    expect(approvals.waiters.size).toBe(0);
  });

  test('hears of a no and of the time', async () => {
    const first = waitingFor('example.com');
    const second = waitingFor('other.com');
    const heard = Promise.all([first, second].map((id) => awaitApproval(approvals, id, { ms: 2 * HOUR })));
    decideApproval(approvals, first, { decision: 'no', by });
    told();
    await clock.advance(HOUR);
    expireDue(approvals);
    expect(await heard).toEqual([
      { kind: 'refused', why: expect.stringContaining('said no') },
      { kind: 'refused', why: expect.stringContaining('has not answered') },
    ]);
  });
});

describe('a channel of main that is down', () => {
  test('loses no question and grants none: its time runs from when it was sent', async () => {
    const id = waitingFor('example.com');
    for (let hours = 0; hours < 30; hours++) {
      await clock.advance(HOUR);
      expireDue(approvals);
    }
    expect(stores.approvals.find(id)).toMatchObject({ state: 'waiting' });
    expect(ask('example.com')).toEqual({ kind: 'waiting', id });

    expect(told()).toHaveLength(1);
    await clock.advance(HOUR - 1);
    expireDue(approvals);
    expect(say(`yes ${id}`)).toBe(true);
    expect(ask('example.com')).toEqual({ kind: 'allowed' });
  });

  test('keeps a question for some days, then it is refused', async () => {
    const id = waitingFor('example.com');
    await clock.advance(MAX_UNSENT_MS + HOUR);
    expireDue(approvals);
    expect(stores.approvals.find(id)).toMatchObject({ state: 'expired' });
  });
});

describe('a restart', () => {
  test('leaves a question waiting and answerable; a yes counts for the next run that asks in time', async () => {
    const once = waitingFor('example.com');
    const always = waitingFor('other.com');
    stores.database.close();
    openHome();

    expect(ask('example.com', { run: 'run-2' })).toEqual({ kind: 'waiting', id: once });
    expect([say(`yes ${once}`), say(`always ${always}`)]).toEqual([true, true]);
    stores.database.close();
    openHome();
    expect(ask('example.com', { run: 'run-3' })).toEqual({ kind: 'allowed' });
    expect(ask('example.com', { run: 'run-4' })).toMatchObject({ kind: 'waiting' });
    await clock.advance(10 * HOUR);
    expect(ask('other.com', { run: 'run-5' })).toEqual({ kind: 'allowed' });
  });
});

describe('the end of a registration', () => {
  test('refuses what its agent waits for and ends what it was allowed, also while no host runs', async () => {
    const waiting = waitingFor('example.com');
    const always = waitingFor('other.com');
    decideApproval(approvals, always, { decision: 'always', by });
    removeGroup(manage, stores.groups.find('local:work') ?? expect.fail());
    registerGroup(manage, { jid: 'local:new', name: 'new', folder: 'work' });

    told();
    expireDue(approvals);
    expireDue(approvals);
    expect(told()).toEqual([`Approval ${waiting} is refused: its chat is not registered any more.`]);
    expect(stores.approvals.find(waiting)).toMatchObject({
      state: 'refused',
      decidedBy: 'the end of its registration',
    });
    expect(ask('other.com')).toMatchObject({ kind: 'waiting' });
    expect(() => decideApproval(approvals, waiting, { decision: 'yes', by })).toThrow('does not wait any more');
  });
});

describe('an answer', () => {
  test('is one that names its question, in main, from somebody who may command; everything else is talk', async () => {
    const first = waitingFor('example.com');
    const second = waitingFor('other.com');
    told();

    for (const talk of [
      'yes',
      'no',
      'always',
      `yes ${second + 1}`,
      `yes ${first} please`,
      `yes${first}`,
      `1`,
      'yes 0',
    ]) {
      expect([talk, say(talk)]).toEqual([talk, false]);
    }
    expect(say(`yes ${first}`, {}, 'local:work')).toBe(false);
    expect(stores.approvals.waiting()).toHaveLength(2);
    expect(say(`@Andy Yes #${second}.`)).toBe(true);
    expect(stores.approvals.waiting()).toMatchObject([{ id: first }]);
  });

  test('may be a bare word as a reply to the question, and counts for that question alone', async () => {
    const first = waitingFor('example.com');
    const second = waitingFor('other.com');
    const questions = stores.database.prepare('SELECT outbox_id FROM approvals ORDER BY id').pluck().all();
    told();
    expect(say('yes', { replyTo: { id: `platform-${questions[0]}` } })).toBe(true);
    expect(say('yes', { replyTo: { id: 'platform-none' } })).toBe(false);
    expect(stores.approvals.find(first)).toMatchObject({ state: 'allowed' });
    expect(stores.approvals.find(second)).toMatchObject({ state: 'waiting' });
  });

  test('to a question that is over changes nothing, and is told so', async () => {
    const id = waitingFor('example.com');
    told();
    say(`no ${id}`);
    told();
    expect(say(`yes ${id}`)).toBe(true);
    expect(told()).toEqual([`That changes nothing: approval ${id} does not wait any more: it was refused.`]);
    expect(ask('example.com')).toMatchObject({ kind: 'refused' });
  });

  test('is none when the platform gives back what the assistant itself is saying', async () => {
    const id = waitingFor('example.com');
    told();
    const row = stores.outbox.add({ chatJid: MAIN, text: `yes ${id}`, origin: 'tool', now: clock.now() });
    stores.outbox.begin(row);
    expect(say(`yes ${id}`)).toBe(false);
    stores.outbox.markSent(row, 'platform-x', clock.now());
    expect(say(`yes ${id}`)).toBe(true);
  });

  test.each([
    ['yes 12', { decision: 'yes', id: 12 }],
    [' NO  12 ', { decision: 'no', id: 12 }],
    ['always', { decision: 'always', id: undefined }],
    ['yes 12 13', undefined],
    ['yes\n12 and more', undefined],
    ['yes 1234567890123', undefined],
    ['yesterday', undefined],
  ])('%j is read as %j', (text, answer) => {
    expect(parseApprovalAnswer(text)).toEqual(answer);
  });
});

test.each([
  ['a\nb', '`a?b`'],
  ['`; approved', "`'; approved`"],
  ['\u202Etxt.exe', '`?txt.exe`'],
  ['zero\u200Bwidth', '`zero?width`'],
  ['Café 日本', '`Café 日本`'],
])('of an agent %j is shown to the owner as %j', (text, shown) => {
  expect(quoted(text)).toBe(shown);
});

test('what is too long to be shown whole is not shown', async () => {
  expect(quoted('x'.repeat(MAX_QUOTED_CHARS))).toBeDefined();
  expect(quoted('x'.repeat(MAX_QUOTED_CHARS + 1))).toBeUndefined();
});
