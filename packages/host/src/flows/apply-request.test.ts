import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatRequest, TaskRequest } from '@nanoclaw/protocol';
import { createManualClock, inboxRules, insertTask } from '@nanoclaw/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createLiveAgents } from '../agents/live-agents.ts';
import { openAskForMounts, openQuestions } from '../app-approvals.ts';
import { manageAll, NOBODY_TOLD } from '../app-manage.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { loadConfig } from '../config/config.ts';
import { homePaths } from '../config/home-files.ts';
import { planGroup } from '../groups/group.ts';
import { silentLog } from '../kernel/log.ts';
import { createKeptFiles } from '../messages/kept-files.ts';
import type { ChatJid } from '../messages/message.ts';
import { applyRequest } from './apply-request.ts';
import { createRunVoice } from './run-voice.ts';

const OWN = 'local:mallory' as ChatJid;
const config = loadConfig({ NANOCLAW_HOME: '/nowhere' }, '/nowhere');
let stores: Stores;
let directory: string;
beforeEach(() => {
  stores = openStores(':memory:');
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-requests-'));
  for (const name of ['main', 'mallory', 'victim']) {
    const known = { jid: `local:${name}`, name, folder: name, isMain: name === 'main' };
    stores.groups.add(planGroup(known, { trigger: '@Andy', addedAt: '' }));
    stores.messages.ensureChat({ jid: `local:${name}` as ChatJid, name, channel: 'local', isGroup: false });
  }
});
afterEach(() => {
  stores.database.close();
  rmSync(directory, { recursive: true });
});

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', 'x', '<internal>x</internal>', '\u0000', '\ud800'),
);
const chat = fc.oneof(fc.constantFrom(OWN, 'local:main', 'local:victim', 'local:', '__proto__', '*'), text);
/** Documents that are nearly right, and any others. */
const document = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      id: fc.oneof(fc.constantFrom('a', '../a', 'A-1', ''), fc.jsonValue()),
      type: fc.oneof(
        fc.constantFrom(
          'message',
          'register_group',
          'schedule_task',
          'cancel_task',
          'refresh_groups',
          'search_history',
          'file',
          'reaction',
          'question',
        ),
        fc.jsonValue(),
      ),
      chatJid: fc.oneof(chat, fc.jsonValue()),
      text: fc.oneof(text, fc.jsonValue()),
      sender: fc.oneof(text, fc.jsonValue()),
      isMain: fc.constant(true),
      prompt: text,
      taskId: fc.constantFrom('theirs', 'compact-main'),
      targetJid: chat,
      schedule_type: fc.constantFrom('cron', 'interval', 'once'),
      schedule_value: fc.oneof(fc.constantFrom('0 9 * * *', '3600000', '2090-01-01T00:00:00'), text),
      query: text,
      path: fc.oneof(fc.constantFrom('a', '../a', '/etc/passwd', '/workspace/group/../x'), text),
      messageId: fc.oneof(fc.nat(), fc.jsonValue()),
      emoji: fc.constantFrom('👍', 'x', ''),
      question: text,
      timeoutSeconds: fc.integer(),
      folder: fc.constantFrom('main', 'victim'),
    },
    { requiredKeys: [] },
  ),
);

test('no document makes the host fail, reach another chat, or take what the schema refuses (5,000 runs)', () => {
  insertTask(stores.database, { id: 'theirs', folder: 'main', nextRun: '2090-01-01T00:00:00.000Z' });
  const theirs = stores.tasks.detail('theirs');
  // A new voice each time: how much one turn may say is another limit.
  const now = (): number => 0;
  const requester = () => ({
    ...{
      folder: 'mallory',
      jid: OWN,
      isMain: false,
      isTeammate: false,
      turnAtHand: () => undefined,
      mailbox: '/nowhere',
    },
    voice: createRunVoice({ ...stores, now, earlier: [] }),
  });
  const { questions } = inboxRules();
  const keptFiles = createKeptFiles({ directory, files: stores.files, now });
  const forAgents = { questions, keptFiles, groupsDirectory: directory, channelOf: () => undefined };
  const live = createLiveAgents({ clock: createManualClock(), idleMs: 1, onIdleExpired: () => undefined });
  const manageTeam = {
    ...{ ...stores, liveAgents: () => live, assistantName: 'Andy', now, log: silentLog },
    onStored: () => undefined,
  };
  const manage = manageAll({ config, stores, now }, NOBODY_TOLD);
  const home = { config, stores, paths: homePaths(config.home), log: silentLog };
  const deps = {
    manageTeam,
    ...stores,
    ...forAgents,
    ...manage,
    askForMounts: openAskForMounts(home, openQuestions(home, manage.manageGroups), manage.manageGroups),
    onOutgoing: () => undefined,
    now,
  };
  fc.assert(
    fc.property(document, (asked) => {
      const { answer, id } = applyRequest(deps, requester(), asked);
      if (answer?.ok !== false) {
        const request = z.union([ChatRequest, TaskRequest]).parse(asked);
        if (request.type === 'question') questions.forget(OWN);
        else if (request.type === 'message') expect(request.chatJid).toBe(OWN);
        else expect(['schedule_task', 'search_history']).toContain(request.type);
      } else {
        expect(answer.error.length).toBeGreaterThan(0);
      }
      if (id !== undefined) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]*$/);
    }),
    { numRuns: 5_000 },
  );
  const chats = stores.database.prepare('SELECT DISTINCT chat_jid FROM outbox').pluck().all();
  expect(chats.filter((jid) => jid !== OWN)).toEqual([]);
  const tasksOf = stores.database.prepare('SELECT DISTINCT group_folder FROM scheduled_tasks').pluck().all();
  expect(tasksOf.filter((folder) => folder !== 'main' && folder !== 'mallory')).toEqual([]);
  expect(stores.tasks.detail('theirs')).toEqual(theirs);
  expect(stores.groups.list().map(({ folder }) => folder)).toEqual(['main', 'mallory', 'victim']);
});
