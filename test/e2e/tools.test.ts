import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest, registerChat } from './host-under-test.ts';

/* Each tool, called by the model through the real Agent SDK in the real sandbox; what it does is looked for outside. */

const ALL = await engines();

describe.each(ALL)('tools in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('of main and of an ordinary group', () => {
    let under: HostUnderTest;
    let friends: string;
    let database: Database.Database;
    beforeAll(async () => {
      await engine.prepare?.();
      under = await aHost({ engine });
      friends = await registerChat(under, 'friends');
      database = new Database(join(under.home, 'store', 'messages.db'), { readonly: true });
    });
    afterAll(async () => {
      database?.close();
      await under?.end();
    });

    const use = (tool: string, input: object, chat?: string): Promise<string> =>
      under.ask(`use the tool ${tool} with ${JSON.stringify(input)}`, chat);
    const rows = (sql: string, ...values: unknown[]) =>
      database.prepare(sql).all(...values) as Record<string, unknown>[];
    const tasks = (folder: string) =>
      rows('SELECT id, prompt, status, schedule_value FROM scheduled_tasks WHERE group_folder = ?', folder);
    const said = (chat: string): string[] => under.answers(chat, 0).map(({ text }) => text);

    test('tasks: scheduled, listed, changed, paused, resumed, cancelled; of other chats by main alone', async () => {
      const wish = { prompt: 'water the plants', schedule_type: 'cron', schedule_value: '0 9 * * *' };
      expect(await use('schedule_task', wish, friends)).toMatch(/Task task-[0-9a-f]+ scheduled.*Next run/);
      const id = String(tasks('friends')[0]?.['id']);

      expect(await use('list_tasks', {}, friends)).toContain(`[${id}] water the plants`);
      expect(await use('update_task', { task_id: id, schedule_value: '0 8 * * *' }, friends)).toContain('updated');
      expect(await use('pause_task', { task_id: id }, friends)).toContain('paused');
      expect(tasks('friends')).toMatchObject([{ status: 'paused', schedule_value: '0 8 * * *' }]);
      expect(await use('resume_task', { task_id: id })).toContain('resumed');
      expect(await use('list_tasks', {})).toContain(id);
      expect(await use('schedule_task', { ...wish, target_group_jid: 'local:main' }, friends)).toContain('for itself');
      const mains = { ...wish, prompt: 'for main', target_group_jid: 'local:main' };
      expect(await use('schedule_task', mains)).toContain('scheduled');
      const mainId = String(tasks('main')[0]?.['id']);
      expect(await use('cancel_task', { task_id: mainId }, friends)).toContain(`no task ${mainId}`);
      expect(await use('list_tasks', {}, friends)).not.toContain(mainId);
      expect(await use('cancel_task', { task_id: id }, friends)).toContain('cancelled');
      expect([tasks('friends').length, tasks('main').length]).toEqual([0, 1]);
    });

    test('send_message reaches its own chat; send_file sends what lies in the folder and nothing else', async () => {
      await use('send_message', { text: 'on my way' }, friends);
      expect(said(friends)).toContain('on my way');

      writeFileSync(join(under.home, 'groups', 'friends', 'list.txt'), 'milk');
      expect(await use('send_file', { path: 'list.txt', caption: 'the list' }, friends)).toContain('is on its way');
      await until('it is there', () => said(friends).includes('[document: list.txt] the list'));
      const [sent] = under.answers(friends, 0).filter(({ files }) => files !== undefined);
      expect(readFileSync(sent?.files?.[0]?.path ?? '', 'utf8')).toBe('milk');
      expect(await use('send_file', { path: '/etc/passwd' }, friends)).toContain('only files below /workspace/group');
      expect(await use('react', { message_id: '1', emoji: '👍' }, friends)).toMatch(/no message 1|no reactions/);
    });

    test('search_history finds in its own chat', async () => {
      expect(await use('search_history', { query: 'way' }, friends)).toContain('on my way');
      // What asks holds the words, too; what it asks for was said elsewhere.
      expect(await use('search_history', { query: 'document list' }, friends)).toContain('the list');
      expect(await use('search_history', { query: 'document list' })).not.toContain('the list');
    });

    test('ask_user is answered by the next message, which begins no turn of its own', async () => {
      const seq = under.say('use the tool ask_user with {"question": "Tea?", "options": ["Yes", "No"]}', friends);
      await until('it is asked', () => under.answers(friends, seq).some(({ text }) => text.startsWith('Tea?')));
      const turns = () => rows("SELECT COUNT(*) AS n FROM turns WHERE chat_jid = 'local:friends'")[0]?.['n'];
      const before = turns();
      under.say('2', friends);
      await until('it goes on', () => under.answers(friends, seq).some(({ text }) => text.includes('answered: No')));
      expect(turns()).toBe(before);
    });

    test('registrations are for main, which has the tools for them', async () => {
      const wish = { jid: 'local:new', name: 'New', folder: 'new', trigger: '@Andy', requiresTrigger: false };
      expect(await use('register_group', wish, friends)).toContain('I have no tool called register_group');
      expect(await use('register_group', wish)).toContain('Registered. New (local:new)');
      expect(existsSync(join(under.home, 'groups', 'new', 'CLAUDE.md'))).toBe(true);
      expect(await use('update_group', { jid: 'local:new', name: 'Newer' })).toContain('Newer');
      expect(await under.ask('hello', 'local:new')).not.toBe('');
      expect(await use('refresh_groups', {})).toContain('is new');
      expect(await use('remove_group', { jid: 'local:new' })).toContain('not registered any more');
      expect(rows("SELECT jid FROM registered_groups WHERE jid = 'local:new'")).toEqual([]);
    });

    test('a team works beside its lead, in another sandbox, and is gone when it is stopped', async () => {
      const wish = { name: 'bob', role: 'says things', prompt: 'say I am bob' };
      expect(await use('start_teammate', wish, friends)).toContain('bob has its work');
      await until('it is heard', () => under.answers(friends, 0).some(({ sender }) => sender === 'bob'));
      expect(await use('list_teammates', {}, friends)).toMatch(/bob \((working|resting|asleep)\): says things/);
      const [mate] = rows("SELECT folder FROM registered_groups WHERE team_of = 'friends'");
      expect(existsSync(join(under.home, 'groups', String(mate?.['folder'])))).toBe(true);
      const heard = under.answers(friends, 0).filter(({ sender }) => sender === 'bob').length;
      expect(await use('message_teammate', { name: 'bob', text: 'run `ls /workspace/extra/chat`' }, friends)).toContain(
        'told',
      );
      await until(
        'it sees the folder of the chat',
        () =>
          under.answers(friends, 0).filter(({ sender, text }) => sender === 'bob' && text.includes('list.txt')).length >
          0,
      );
      expect(under.answers(friends, 0).filter(({ sender }) => sender === 'bob').length).toBeGreaterThan(heard);
      expect(await use('stop_teammate', { name: 'bob' }, friends)).toContain('bob is gone');
      await until('its sandbox is gone', async () =>
        (await under.status()).live.every(({ group }) => group !== 'friends/bob'),
      );
      expect(rows("SELECT folder FROM registered_groups WHERE team_of = 'friends'")).toEqual([]);
    });

    test('what requests are made of is counted', async () => {
      const [row] = rows("SELECT context FROM model_requests WHERE group_folder = 'friends' LIMIT 1");
      expect(JSON.parse(String(row?.['context']))).toMatchObject({
        system: expect.any(Number),
        tools: expect.any(Number),
      });
    });
  });
});
