import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStores, type Stores } from '../app-stores.ts';
import { homePaths, prepareHome } from '../config/home-files.ts';
import { ensureMainGroup, findGroup, localChats, type ManageGroupsDeps, registerGroup } from './manage-groups.ts';

let home: string;
let stores: Stores;
let deps: ManageGroupsDeps;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-groups-'));
  const places = homePaths(home);
  prepareHome(places);
  const templates = join(home, 'templates');
  mkdirSync(templates);
  for (const name of ['main', 'group', 'global'])
    writeFileSync(join(templates, `${name}.md`), `# Andy of ${name}\nAndyman`);
  stores = openStores(':memory:');
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  deps = { ...stores, places, templates, assistantName: 'Bea', owner, now: () => 0 };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const friends = { jid: 'tg:2', name: 'Friends', folder: 'friends' };
const inGroups = (...path: string[]): string => join(home, 'groups', ...path);

describe('registering a chat', () => {
  test('makes its row, its folder, its mailbox and its memory file with the name of the assistant', () => {
    const group = registerGroup(deps, friends);

    expect(stores.groups.find('tg:2')).toEqual(group);
    expect(group).toMatchObject({ trigger: '@Bea', requiresTrigger: true, isMain: false });
    expect(readFileSync(inGroups('friends', 'CLAUDE.md'), 'utf8')).toBe('# Bea of group\nAndyman');
    for (const name of ['input', 'messages', 'tasks', 'responses']) {
      expect(lstatSync(join(home, 'data/ipc/friends', name)).isDirectory()).toBe(true);
    }
    expect(stores.messages.chat('tg:2' as never)).toMatchObject({ name: 'tg:2' });
  });

  test('keeps a memory file that is there, and does not write through a link', () => {
    mkdirSync(inGroups('friends'));
    symlinkSync(join(home, 'planted'), inGroups('friends', 'CLAUDE.md'));

    registerGroup(deps, friends);

    expect(existsSync(join(home, 'planted'))).toBe(false);
  });

  test('that fails on the disk leaves no row, so that it can be tried again', () => {
    writeFileSync(inGroups('friends'), 'in the way');
    expect(() => registerGroup(deps, friends)).toThrow();
    expect(stores.groups.list()).toEqual([]);

    rmSync(inGroups('friends'));

    expect(registerGroup(deps, friends)).toMatchObject({ folder: 'friends' });
  });

  test('begins after what was said before', () => {
    const chat = { jid: 'tg:2' as never, channel: 'telegram', isGroup: true };
    stores.messages.accept(chat, {
      id: '1',
      chatJid: 'tg:2' as never,
      sender: 's',
      senderName: 'S',
      content: 'old',
      timestamp: '',
    });

    expect(registerGroup(deps, friends).handledSeq).toBe(1);
    expect(stores.messages.groupChats(5)).toHaveLength(1);
  });
});

describe('main', () => {
  test('is the built-in chat when there is none, once', () => {
    ensureMainGroup(deps);
    ensureMainGroup(deps);

    expect(stores.groups.list()).toMatchObject([
      { jid: 'local:main', folder: 'main', isMain: true, requiresTrigger: false },
    ]);
    expect(readFileSync(inGroups('main', 'CLAUDE.md'), 'utf8')).toContain('Bea of main');
    expect(readFileSync(inGroups('global', 'CLAUDE.md'), 'utf8')).toContain('Bea of global');
  });

  test.each([
    { jid: 'local:main', name: 'x', folder: 'other' },
    { jid: 'tg:2', name: 'x', folder: 'main' },
    { jid: 'tg:2', name: 'x', folder: 'owner', isMain: true },
  ])('is left to the owner when %j is registered: the host starts all the same', (wish) => {
    registerGroup(deps, wish);

    ensureMainGroup(deps);

    expect(stores.groups.list()).toHaveLength(1);
  });
});

test('groups are found by chat id and by folder, and the built-in chats are listed', () => {
  registerGroup(deps, friends);
  registerGroup(deps, { jid: 'local:b', name: 'B', folder: 'b' });

  expect(findGroup(stores.groups, 'tg:2')?.folder).toBe('friends');
  expect(findGroup(stores.groups, 'friends')?.jid).toBe('tg:2');
  expect(findGroup(stores.groups, 'nobody')).toBeUndefined();
  expect(findGroup(stores.groups, 'two words')).toBeUndefined();
  expect(localChats(stores.groups)).toEqual([{ jid: 'local:b', name: 'B' }]);
});
