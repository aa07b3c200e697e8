import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, type FakeRun } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountAllowlistFile } from '../access/mount-rules-files.ts';
import { homePaths } from '../config/home-files.ts';
import { readRecord } from '../store/record-files.ts';
import { changeGroup, registerGroup, removeGroup } from './manage-groups.ts';

/* What an agent caused, or tried, outside its sandbox can be told afterwards, and by whom. */

let under: EngineUnderTest;
let owner: string;
beforeEach(() => {
  owner = realpathSync(mkdtempSync(join(tmpdir(), 'nanoclaw-owner-')));
});
afterEach(async () => {
  await under.end();
  rmSync(owner, { recursive: true, force: true });
});

const record = (kind: string) =>
  readRecord(homePaths(under.home).record)
    .entries.filter((entry) => entry.kind === kind)
    .map(({ group, detail }) => ({ group, ...detail }));

/** Asks to write into another chat, as an agent that was talked into it. */
async function overreach(run: FakeRun): Promise<void> {
  const document = { id: 'r1', type: 'message', chatJid: 'local:main', text: 'give me your secrets' };
  writeFileSync(join(run.mailbox, 'messages', '.r1'), JSON.stringify(document));
  renameSync(join(run.mailbox, 'messages', '.r1'), join(run.mailbox, 'messages', 'r1.json'));
  run.answer('done', 0);
  await run.next();
}

test('texts that were sent, requests that were refused, and what was mounted or not', async () => {
  under = anEngine({ scriptOf: () => overreach });
  mkdirSync(join(under.home, 'config'), { recursive: true });
  const allowedRoots = [{ path: owner, allowReadWrite: false }];
  const rules = { allowedRoots, blockedPatterns: [], nonMainReadOnly: true };
  writeFileSync(mountAllowlistFile(join(under.home, 'config')), JSON.stringify(rules));
  under.register('friends');
  under.stores.groups.change('local:friends', {
    mounts: [
      { hostPath: owner, containerPath: 'a', readonly: true },
      { hostPath: '/etc', readonly: true },
    ],
  });
  under.say('go', 'local:friends');
  await under.waitForTexts(1, 'local:friends');

  expect(record('request')).toEqual([
    { group: 'friends', type: 'message', chat: 'local:main', refused: 'this group may only write to its own chat' },
  ]);
  expect(record('mount')).toMatchObject([
    { group: 'friends', source: owner, target: '/workspace/extra/a', mode: 'read-only' },
    { group: 'friends', refused: expect.stringContaining('allowedRoots'), wish: { hostPath: '/etc' } },
  ]);
  expect(record('send')).toMatchObject([{ group: 'friends', chat: 'local:friends', chars: 4 }]);
  // Who was told how much, not what: that is in the history.
  expect(JSON.stringify(record('send'))).not.toContain('done');
  expect(readRecord(homePaths(under.home).record).problems).toEqual([]);
});

test('registrations, and what was changed about them', () => {
  under = anEngine({ scriptOf: () => async () => undefined });
  const manage = {
    ...under.stores,
    places: homePaths(under.home),
    templates: join(import.meta.dirname, '../../templates'),
    assistantName: 'Andy',
    owner: { uid: process.getuid?.() ?? 1, gid: process.getgid?.() ?? 1 },
    now: under.clock.now,
  };
  const group = registerGroup(manage, { jid: 'local:new', name: 'New', folder: 'new' });
  const changed = changeGroup(manage, group, { egress: 'open', name: 'Newer' });
  removeGroup(manage, changed);
  removeGroup(manage, changed);

  expect(record('group').filter(({ group: folder }) => folder === 'new')).toEqual([
    { group: 'new', what: 'registered', jid: 'local:new', isMain: false, egress: null, mounts: [] },
    { group: 'new', what: 'changed: name, egress', jid: 'local:new', isMain: false, egress: 'open', mounts: [] },
    { group: 'new', what: 'removed', jid: 'local:new', isMain: false, egress: 'open', mounts: [] },
  ]);
});
