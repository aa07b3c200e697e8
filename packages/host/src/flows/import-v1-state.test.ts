import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createV1StateStore } from '../groups/v1-state-store.ts';
import { armFailpoint } from '../kernel/failpoints.ts';
import { type Database, openStore } from '../store/open-store.ts';
import { importV1State } from './import-v1-state.ts';

let data: string;
let database: Database;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'nanoclaw-state-'));
  database = openStore(':memory:');
  database.exec(`INSERT INTO chats (jid, name) VALUES ('1@g.us', 'Fam'), ('2@s.whatsapp.net', 'Me');
    INSERT INTO messages (id, chat_jid, content, timestamp, is_bot_message) VALUES
      ('a', '1@g.us', 'answered', '2026-02-01T10:00:00.000Z', 0), ('b', '1@g.us', 'answer', '2026-02-01T10:00:09.000Z', 1),
      ('c', '1@g.us', 'waiting', '2026-02-01T10:01:00.000Z', 0), ('d', '2@s.whatsapp.net', 'own', '2026-02-01T10:00:00.000Z', 1)`);
});
afterEach(() => {
  database.close();
  rmSync(data, { recursive: true, force: true });
});

const put = (name: string, value: unknown): void =>
  writeFileSync(join(data, name), typeof value === 'string' ? value : JSON.stringify(value));
const run = (): string[] => importV1State(data, createV1StateStore(database));
const rows = (sql: string): unknown[] => database.prepare(sql).raw().all();
const registration = (folder: string, rest: object = {}): object => ({
  name: `name of ${folder}`,
  folder,
  trigger: '@Andy',
  added_at: '2026-01-31T00:00:00.000Z',
  ...rest,
});

function putAll(): void {
  put('router_state.json', {
    last_timestamp: '2026-02-01T10:01:00.000Z',
    last_agent_timestamp: { '1@g.us': '2026-02-01T10:00:00.000Z' },
  });
  put('sessions.json', { main: 'session-main', fam: 'session-fam', '../x': 'session-x', odd: 5 });
  put('registered_groups.json', {
    '1@g.us': registration('fam', {
      requiresTrigger: false,
      containerConfig: { additionalMounts: [{ hostPath: '~/x' }] },
    }),
    '2@s.whatsapp.net': registration('main'),
  });
}

const groupRows = (): unknown[] =>
  rows(
    'SELECT jid, folder, requires_trigger, is_main, handled_seq, container_config FROM registered_groups ORDER BY jid',
  );

const IMPORTED = [
  ['1@g.us', 'fam', 0, 0, 1, '{"additionalMounts":[{"hostPath":"~/x"}]}'],
  ['2@s.whatsapp.net', 'main', 1, 1, 4, null],
];

describe('state files of an early v1', () => {
  test('are taken over whole, with every group going on where v1 was, and renamed', () => {
    putAll();

    const notices = run();

    expect(groupRows()).toEqual(IMPORTED);
    expect(rows('SELECT * FROM sessions ORDER BY 1')).toEqual([
      ['fam', 'session-fam'],
      ['main', 'session-main'],
    ]);
    expect(notices).toEqual([
      'state files of v1 were taken over and renamed: router_state.json, sessions.json, registered_groups.json',
    ]);
    for (const name of ['router_state.json', 'sessions.json', 'registered_groups.json']) {
      expect(existsSync(join(data, name))).toBe(false);
      expect(existsSync(join(data, `${name}.migrated`))).toBe(true);
    }
    expect(run()).toEqual([]);
  });

  test('are read again after a crash before the renaming, without replacing what is newer', () => {
    putAll();
    const disarm = armFailpoint('migration-state-imported', () => {
      throw new Error('killed');
    });
    expect(run).toThrow('killed');
    disarm();
    database.exec(`UPDATE sessions SET session_id = 'newer' WHERE group_folder = 'main';
      UPDATE registered_groups SET handled_seq = 4, trigger_pattern = '@New' WHERE folder = 'fam'`);

    run();

    expect(rows("SELECT session_id FROM sessions WHERE group_folder = 'main'")).toEqual([['newer']]);
    expect(rows("SELECT handled_seq, trigger_pattern FROM registered_groups WHERE folder = 'fam'")).toEqual([
      [4, '@New'],
    ]);
    expect(existsSync(join(data, 'sessions.json.migrated'))).toBe(true);
  });

  test('are taken over to the last one where v1 itself was stopped in the middle', () => {
    database.exec(`INSERT INTO router_state VALUES ('last_agent_timestamp', '{"1@g.us":"2026-02-01T10:00:00.000Z"}')`);
    put('registered_groups.json', { '1@g.us': registration('fam') });

    run();

    expect(rows('SELECT folder, handled_seq FROM registered_groups')).toEqual([['fam', 1]]);
  });

  test.each(['{"1@g.us":', '[1]', 'null', ''])('with the damaged text %j are kept as they are, and told', (text) => {
    putAll();
    put('registered_groups.json', text);

    const notices = run();

    expect(notices[0]).toMatch(/registered_groups\.json of v1 cannot be read and is kept as it is/);
    expect(readFileSync(join(data, 'registered_groups.json'), 'utf8')).toBe(text);
    expect(rows('SELECT COUNT(*) FROM sessions')).toEqual([[2]]);
    // Mended by hand, it is taken over with the cursors of then.
    put('registered_groups.json', { '1@g.us': registration('fam') });
    run();
    expect(rows('SELECT folder, handled_seq FROM registered_groups')).toEqual([['fam', 1]]);
  });

  test('leave out groups that cannot be, each with a notice', () => {
    put('registered_groups.json', {
      '1@g.us': registration('fam'),
      '3@g.us': registration('../../etc'),
      '4@g.us': registration('FAM'),
      'a b': registration('spaces'),
      '5@g.us': { name: 'no folder' },
    });

    expect(run()).toEqual([
      'registered_groups.json of v1 has no complete registration for 5@g.us: it is left out',
      'the group name of ../../etc (3@g.us) of v1 is left out: its folder "../../etc" cannot be used',
      'the group name of FAM (4@g.us) of v1 is left out: its folder FAM belongs to the chat 1@g.us',
      'the group name of spaces (a b) of v1 is left out: that is no chat id',
      'state files of v1 were taken over and renamed: registered_groups.json',
    ]);
    expect(rows('SELECT jid FROM registered_groups')).toEqual([['1@g.us']]);
  });

  test('that are links are not followed', () => {
    writeFileSync(join(data, 'elsewhere'), '{"main":"stolen"}');
    symlinkSync('elsewhere', join(data, 'sessions.json'));

    expect(run()[0]).toMatch(/sessions\.json of v1 cannot be read/);
    expect(rows('SELECT * FROM sessions')).toEqual([]);
  });
});
