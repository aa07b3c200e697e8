import { beforeEach, describe, expect, test } from 'vitest';
import { NanoError } from '../kernel/errors.ts';
import type { ChatJid } from '../messages/message.ts';
import { type Database, openStore } from '../store/open-store.ts';
import { type Group, type GroupRegistration, planGroup } from './group.ts';
import { createGroupStore, type GroupStore } from './group-store.ts';

const defaults = { trigger: '@Andy', addedAt: '2026-01-01T00:00:00.000Z' };
const aGroup = (overrides: Partial<GroupRegistration> = {}): Group =>
  planGroup({ jid: 'tg:1', name: 'Family', folder: 'family', ...overrides }, defaults);

let database: Database;
let groups: GroupStore;
beforeEach(() => {
  database = openStore(':memory:');
  groups = createGroupStore(database);
});

describe('a registration', () => {
  test('is complete with the defaults', () => {
    expect(aGroup()).toEqual({
      jid: 'tg:1',
      name: 'Family',
      folder: 'family',
      trigger: '@Andy',
      requiresTrigger: true,
      isMain: false,
      addedAt: defaults.addedAt,
      handledSeq: 0,
      model: null,
      timeoutMs: null,
      dailyBudgetUsd: null,
      egress: null,
      team: null,
      mounts: [],
    });
    expect(aGroup({ trigger: ' @Bea ', name: ' F ' })).toMatchObject({ trigger: '@Bea', name: 'F' });
  });

  test.each([
    { folder: '' },
    { folder: '..' },
    { folder: '../main' },
    { folder: '.hidden' },
    { folder: '-rf' },
    { folder: 'a/b' },
    { folder: 'a b' },
    { folder: 'ä' },
    { folder: 'a\n' },
    { folder: 'x'.repeat(65) },
    { folder: 'global' },
    { folder: 'Global' },
    { folder: 'errors' },
    { name: '' },
    { name: '   ' },
    { name: 'a\nb' },
    { name: 'x'.repeat(257) },
    { trigger: '' },
    { trigger: 'a\u0000b' },
    { trigger: 'x'.repeat(65) },
    { jid: '' },
    { jid: 'tg: 1' },
    { jid: 'x'.repeat(257) },
  ])('with %j is refused with a reason', (wish) => {
    expect(() => aGroup(wish)).toThrow(expect.objectContaining({ code: 'group-refused' }));
    expect(() => aGroup(wish)).toThrow(NanoError);
  });
});

describe('groups', () => {
  test('are found by their chat and listed with main first', () => {
    groups.add(aGroup());
    groups.add(aGroup({ jid: 'tg:2', folder: 'owner', isMain: true }));

    expect(groups.list().map(({ folder }) => folder)).toEqual(['owner', 'family']);
    expect(groups.find('tg:1')).toEqual(aGroup());
    expect(groups.main()?.jid).toBe('tg:2');
    expect(groups.find('tg:3')).toBeUndefined();
  });

  test.each([
    ['the same chat', { folder: 'other' }, 'chat tg:1 is registered already, with folder family'],
    ['the same folder', { jid: 'tg:2' }, 'folder family belongs to chat tg:1: choose another'],
    ['the same folder in other letters', { jid: 'tg:2', folder: 'FAMILY' }, 'folder FAMILY belongs to chat tg:1'],
    ['a second main', { jid: 'tg:2', folder: 'other', isMain: true }, 'chat tg:1 is main already'],
  ])('with %s are refused and nothing changes', (_, wish, reason) => {
    groups.add(aGroup({ isMain: true }));

    expect(() => groups.add(aGroup(wish))).toThrow(reason);

    expect(groups.list()).toHaveLength(1);
  });

  test('v1: duplicate folder silently replaces another chat’s registration', () => {
    groups.add(aGroup());

    expect(() => groups.add(aGroup({ jid: 'tg:2' }))).toThrow('belongs to chat tg:1');
    expect(groups.ofFolder('family')?.jid).toBe('tg:1');
  });

  test('are removed once', () => {
    groups.add(aGroup());

    expect(groups.remove('tg:1')).toBe(true);
    expect(groups.remove('tg:1')).toBe(false);
    expect(groups.list()).toEqual([]);
  });

  test('have a cursor that never goes back', () => {
    groups.add(aGroup());
    for (const seq of [5, 3, 9, 9, 1]) groups.markHandled('tg:1' as ChatJid, seq);

    expect(groups.find('tg:1')?.handledSeq).toBe(9);
  });

  test('have a session that is replaced by a newer one', () => {
    expect(groups.sessionOf('family')).toBeUndefined();
    groups.setSession('family', 'one');
    groups.setSession('family', 'two');

    expect(groups.sessionOf('family')).toBe('two');
  });

  test('whose folder would lead elsewhere are left out, named, and can be registered anew', () => {
    groups.add(aGroup());
    database.exec(`INSERT INTO registered_groups (jid, name, folder, trigger_pattern, added_at, is_main) VALUES
      ('tg:9', 'evil', '../../etc', '@Andy', 'x', 1), ('a b', 'no chat', 'spaces', '@Andy', 'x', 0)`);

    expect(groups.list().map(({ jid }) => jid)).toEqual(['tg:1']);
    expect(groups.find('tg:9')).toBeUndefined();
    expect(groups.main()).toBeUndefined();
    expect(groups.unusable()).toEqual([
      { jid: 'tg:9', folder: '../../etc' },
      { jid: 'a b', folder: 'spaces' },
    ]);
    groups.add(aGroup({ jid: 'tg:9', folder: 'nine' }));
    expect(groups.find('tg:9')?.folder).toBe('nine');
    expect(groups.unusable()).toHaveLength(1);
  });
});
