import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { insertTask, until } from '@nanoclaw/testkit';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerChat } from '../e2e/host-under-test.ts';
import { aScene, attackedEngines, type Scene } from './scene.ts';

/* Strings that exist once are planted in everything a chat has, while three chats work; nobody else ever sees one. */

const ALL = await attackedEngines();
const KINDS = ['message', 'name', 'file', 'memory', 'session', 'task', 'told', 'helper', 'mate', 'tmp'] as const;

/** All that an agent can read, for strings that are put together inside so that the search does not find itself. */
const search = (needles: readonly string[]): string =>
  [
    ': > /tmp/.needles',
    ...needles.map((needle) => `echo "${needle.slice(0, 6)}""${needle.slice(6)}" >> /tmp/.needles`),
    'grep -rlsFf /tmp/.needles /workspace /home /tmp /etc /run /var /dev/shm 2>/dev/null | grep -v -e attack- -e .needles',
    'for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do grep -lsFf /tmp/.needles "$f"; done; echo searched',
  ].join('\n');

describe.each(ALL)('canaries in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('of three chats', () => {
    let scene: Scene;
    const canaries: Record<string, Record<(typeof KINDS)[number], string>> = {};
    beforeAll(async () => {
      await engine.prepare?.();
      scene = await aScene(engine, { settings: { MAX_CONCURRENT_CONTAINERS: '3' } });
      await registerChat(scene.under, 'third');
      for (const chat of ['mallory', 'victim', 'third'])
        canaries[chat] = Object.fromEntries(
          KINDS.map((kind) => [kind, `Cq${randomBytes(9).toString('hex')}`]),
        ) as never;
      await Promise.all(Object.keys(canaries).map(plant));
    }, 300_000);
    afterAll(() => scene?.end());

    /** Everything a chat has gets a canary of its own, by the ways in which such things come about. */
    async function plant(chat: string): Promise<void> {
      const own = canaries[chat];
      if (own === undefined) throw new Error(`no canaries for ${chat}`);
      const jid = `local:${chat}`;
      await scene.under.ask(`remember ${own.message}`, jid);
      await scene.under.ask(`my name is ${own.name}`, jid);
      writeFileSync(scene.path('groups', chat, 'file.txt'), own.file, { mode: 0o666 });
      await scene.inside(
        `echo ${own.memory} >> CLAUDE.md; echo ${own.session} > ~/.claude/note; echo ${own.tmp} > /tmp/note; cat file.txt`,
        jid,
      );
      await scene.under.ask(`use the tool mcp__nanoclaw__send_message with {"text":"told ${own.told}"}`, jid);
      const task = { description: 'a piece of work', prompt: `say ${own.helper}`, subagent_type: 'general-purpose' };
      await scene.under.ask(`use the tool Task with ${JSON.stringify(task)}`, jid);
      await scene.under.ask('use the tool send_file with {"path": "file.txt"}', jid);
      const mate = { name: 'mate', role: 'says things', prompt: `say ${own.mate}` };
      await scene.under.ask(`use the tool start_teammate with ${JSON.stringify(mate)}`, jid);
      const database = new Database(scene.path('store', 'messages.db'));
      insertTask(database, { id: `task-of-${chat}`, folder: chat, prompt: `say ${own.task}`, contextMode: 'group' });
      database.close();
    }

    test('none is in a request to the model that another chat has caused', async () => {
      await until('the tasks have run', () => tasksDone() === 3, 120_000);
      await until('the teammates have spoken', () =>
        Object.entries(canaries).every(([chat, own]) => said(chat).includes(own.mate)),
      );
      const bodies = scene.under.model.model.requests.map(({ body }) => JSON.stringify(body ?? ''));
      for (const [chat, own] of Object.entries(canaries)) {
        // Each was seen by the model, so that the search below is for something that is there.
        const seen = KINDS.filter((kind) => bodies.some((body) => body.includes(own[kind])));
        expect(seen, chat).toEqual(
          expect.arrayContaining(['message', 'name', 'file', 'told', 'task', 'helper', 'mate']),
        );
      }
      for (const body of bodies) {
        const owners = Object.entries(canaries).filter(([, own]) => KINDS.some((kind) => body.includes(own[kind])));
        expect(owners.length).toBeLessThanOrEqual(1);
      }
    });

    test('none is to be found in the sandbox of another chat, and its own are', async () => {
      for (const [chat, own] of Object.entries(canaries)) {
        expect(await scene.inside(search([own.file]), `local:${chat}`)).toContain('/workspace/group/file.txt');
        for (const [other, theirs] of Object.entries(canaries)) {
          if (other === chat) continue;
          const found = await scene.inside(search(Object.values(theirs)), `local:${chat}`);
          expect(found.trim(), `of ${other} in ${chat}`).toMatch(/^searched\s+ended 0$/);
        }
      }
    }, 600_000);

    test('none was said to another chat, and none stands in the log of the host', () => {
      const log = scene.path('data', 'logs', 'host.log');
      expect(grep('host.ready', log)).toBe(true);
      for (const [chat, own] of Object.entries(canaries)) {
        expect(said(chat)).toContain(own.told);
        for (const [other, theirs] of Object.entries(canaries)) {
          for (const kind of KINDS) if (other !== chat) expect(said(chat)).not.toContain(theirs[kind]);
        }
        for (const kind of KINDS) expect(grep(own[kind], log)).toBe(false);
        for (const kind of KINDS) expect(said('main')).not.toContain(own[kind]);
      }
    });

    const said = (chat: string): string =>
      scene.under
        .answers(`local:${chat}`, 0)
        .map(({ text }) => text)
        .join('\n');
    function tasksDone(): number {
      const database = new Database(scene.path('store', 'messages.db'), { readonly: true });
      const done = database.prepare("SELECT COUNT(*) FROM task_run_logs WHERE status = 'success'").pluck().get();
      database.close();
      return Number(done);
    }
  });
});

function grep(needle: string, file: string): boolean {
  try {
    execFileSync('grep', ['-qF', needle, file]);
    return true;
  } catch {
    // grep ends with 1 when it finds nothing.
    return false;
  }
}
