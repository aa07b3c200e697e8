import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest, registerChat } from './host-under-test.ts';

const ALL = await engines();

describe.each(ALL)('sessions in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('of a chat', () => {
    let under: HostUnderTest;
    beforeAll(async () => {
      await engine.prepare?.();
      under = await aHost({ engine, settings: { IDLE_TIMEOUT: '2000' } });
    });
    afterAll(() => under?.end());

    const quiet = (): Promise<unknown> =>
      until('no sandbox is left', async () => (await under.status()).live.length === 0);
    const transcripts = (folder: string): string[] => {
      const root = join(under.home, 'data', 'sessions', folder, '.claude', 'projects');
      return readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => join(root, name));
    };

    test('/compact sums up the conversation, which is archived before and goes on', async () => {
      const chat = await registerChat(under, 'compacted');
      await under.ask('remember that my cat is Momo', chat);
      await quiet();
      const seq = under.say('/compact', chat);
      const directory = join(under.home, 'groups', 'compacted', 'conversations');
      const names = await until('it is archived', () => {
        try {
          return readdirSync(directory);
        } catch {
          return false;
        }
      });
      await until('it is told', () => under.answers(chat, seq).length > 0);
      await quiet();
      expect(names).toHaveLength(1);
      expect(readFileSync(join(directory, names[0] ?? ''), 'utf8')).toContain('my cat is Momo');
      expect(await under.ask('what do you remember?', chat)).toContain('Momo');
    });

    test('a transcript that is damaged does not keep its chat from being answered', async () => {
      const chat = await registerChat(under, 'damaged');
      await under.ask('hello', chat);
      await quiet();
      for (const file of transcripts('damaged')) writeFileSync(file, '{"type":"user","message":{"cont\n\0\0garbage');
      expect(await under.ask('say still here', chat)).toContain('still here');
    });

    test('a session that is gone is replaced within the same turn', async () => {
      const chat = await registerChat(under, 'gone');
      await under.ask('hello', chat);
      await quiet();
      const database = new Database(join(under.home, 'store', 'messages.db'));
      const other = '00000000-0000-4000-8000-000000000000';
      database.prepare("UPDATE sessions SET session_id = ? WHERE group_folder = 'gone'").run(other);
      expect(await under.ask('say here again', chat)).toContain('here again');
      const failed = database.prepare("SELECT COUNT(*) FROM turns WHERE group_folder = 'gone' AND state = 'failed'");
      expect(failed.pluck().get()).toBe(0);
      database.close();
    });

    test('an interrupt in the middle of a tool ends it, and the next message is answered', async () => {
      const chat = await registerChat(under, 'interrupted');
      under.say('run `sleep 300; echo never`', chat);
      await until('the tool runs', async () =>
        (await under.status()).live.some(({ group, phase }) => group === 'interrupted' && phase === 'working'),
      );
      const seq = under.say('/stop', chat);
      await until('it has stopped', () => under.answers(chat, seq).some(({ text }) => text === 'I stopped.'));
      expect(await under.ask('say what now', chat)).toContain('what now');
      expect(under.answers(chat, 0).some(({ text }) => text.includes('never'))).toBe(false);
    });

    test('a follow-up in the middle of a tool is answered, once, after it', async () => {
      const chat = await registerChat(under, 'followed');
      const seq = under.say('run `sleep 2; echo first is done`', chat);
      await until('the tool runs', async () =>
        (await under.status()).live.some(({ group, phase }) => group === 'followed' && phase === 'working'),
      );
      const answer = await under.ask('say second is done', chat);
      const texts = under.answers(chat, seq).map(({ text }) => text);
      expect(texts.join('\n')).toContain('first is done');
      expect(answer).toContain('second is done');
      expect(texts.filter((text) => text.includes('second is done'))).toHaveLength(1);
    });

    test('the conversation goes on after the host was killed in the middle', async () => {
      const chat = await registerChat(under, 'killed');
      await under.ask('remember that my dog is Rex', chat);
      under.say('run `sleep 1; echo woken`', chat);
      await until('it works', async () => (await under.status()).live.some(({ phase }) => phase === 'working'));
      await under.host.stopNow();
      await under.restart();
      await until('it is answered', () => under.answers(chat, 0).some(({ text }) => text.includes('woken')));
      expect(await under.ask('what do you remember?', chat)).toContain('Rex');
    });
  });
});
