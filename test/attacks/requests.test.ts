import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountAllowlistFile } from '@nanoclaw/host/access/mount-rules-files.js';
import { insertTask, readTask, until } from '@nanoclaw/testkit';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlRequest } from '../e2e/control-request.ts';
import { aScene, attackedEngines, type Scene } from './scene.ts';

/* An agent asks the host for what it may not have, with documents that it has written itself. */

const ALL = await attackedEngines();
let serial = 0;

interface Group {
  readonly folder: string;
  readonly isMain: boolean;
  readonly mounts?: unknown;
}

describe.each(ALL)('requests out of $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('written by the agent itself', () => {
    let scene: Scene;
    const configHome = mkdtempSync(join(tmpdir(), 'nanoclaw-attack-config-'));
    beforeAll(async () => {
      await engine.prepare?.();
      scene = await aScene(engine, { settings: { NANOCLAW_CONFIG_HOME: configHome } });
    });
    afterAll(async () => {
      await scene?.end();
      rmSync(configHome, { recursive: true, force: true });
    });

    /** Puts a document where the host reads requests, and gives the host's answer to it. */
    async function ask(document: object, from = scene.mallory): Promise<{ ok: boolean; error?: string }> {
      serial += 1;
      const id = `a${serial}`;
      const folder = 'text' in document ? 'messages' : 'tasks';
      const script = [
        `cat > /workspace/ipc/${folder}/.t <<'END'\n${JSON.stringify({ id, ...document })}\nEND`,
        `mv /workspace/ipc/${folder}/.t /workspace/ipc/${folder}/${id}.json`,
        `for i in $(seq 100); do [ -f /workspace/ipc/responses/${id}.json ] && break; sleep 0.1; done; cat /workspace/ipc/responses/${id}.json`,
      ].join('\n');
      const answer = await scene.inside(script, from);
      return JSON.parse(/\{.*"ok".*\}/.exec(answer)?.[0] ?? '{}');
    }
    const groups = async (): Promise<Group[]> =>
      (await controlRequest(scene.path('data', 'nanoclaw.sock'), { method: 'GET', path: '/groups' })) as Group[];
    const register = (body: object) =>
      controlRequest(scene.path('data', 'nanoclaw.sock'), { method: 'POST', path: '/groups', body });
    const heard = (chat: string): string =>
      scene.under
        .answers(chat, 0)
        .map(({ text }) => text)
        .join('\n');

    test('a text for another chat, for main, and for its own, which alone arrives', async () => {
      const text = 'written by mallory';
      expect(await ask({ type: 'message', chatJid: scene.victim, text })).toMatchObject({
        ok: false,
        error: expect.stringContaining('own chat'),
      });
      expect(await ask({ type: 'message', chatJid: 'local:main', text })).toMatchObject({ ok: false });
      expect(await ask({ type: 'message', chatJid: scene.mallory, text })).toMatchObject({ ok: true });
      await until('it is heard', () => heard(scene.mallory).includes(text));
      expect(heard(scene.victim) + heard('local:main')).not.toContain(text);
      expect(scene.recorded('request')).toMatchObject([
        { group: 'mallory', chat: scene.victim, refused: expect.any(String) },
        { group: 'mallory', chat: 'local:main', refused: expect.any(String) },
      ]);
      // Main may, so that it is who asks that decides and not what is asked.
      expect(await ask({ type: 'message', chatJid: scene.victim, text }, 'local:main')).toMatchObject({ ok: true });
    });

    test('another name in the document', async () => {
      const forged = { groupFolder: 'main', folder: 'main', isMain: true, from: 'local:main', requester: 'main' };
      expect(await ask({ ...forged, type: 'message', chatJid: scene.victim, text: 'forged' })).toMatchObject({
        ok: false,
      });
      expect(await ask({ ...forged, type: 'message', chatJid: 'local:main', text: 'forged' })).toMatchObject({
        ok: false,
      });
      expect(heard(scene.victim) + heard('local:main')).not.toContain('forged');
    });

    test('tasks of other chats and registrations, with and without the main flag', async () => {
      const database = new Database(scene.path('store', 'messages.db'));
      insertTask(database, {
        id: 'theirs',
        folder: 'victim',
        prompt: 'their task',
        nextRun: '2090-01-01T00:00:00.000Z',
      });
      const before = readTask(database, 'theirs');
      const registration = {
        type: 'register_group',
        jid: 'local:new',
        name: 'new',
        folder: 'new',
        trigger: '@x',
        isMain: true,
      };
      const schedule = {
        type: 'schedule_task',
        prompt: 'run `id`',
        schedule_type: 'once',
        schedule_value: '2090-01-01T00:00:00',
      };
      for (const type of ['pause_task', 'resume_task', 'cancel_task', 'update_task']) {
        expect(await ask({ type, taskId: 'theirs', prompt: 'mine now' })).toMatchObject({ ok: false });
      }
      expect(await ask({ ...schedule, targetJid: scene.victim })).toMatchObject({ ok: false });
      expect(await ask(registration)).toMatchObject({ ok: false });

      expect(readTask(database, 'theirs')).toEqual(before);
      database.close();
      expect((await groups()).map(({ folder }) => folder).sort()).toEqual(['main', 'mallory', 'victim']);
      // The owner's own hand may do the same, but makes no second main and gives no folder twice.
      await register({ jid: 'local:new', name: 'new', folder: 'new', isMain: true }).catch(() => undefined);
      expect((await groups()).filter(({ isMain }) => isMain).map(({ folder }) => folder)).toEqual(['main']);
      for (const folder of ['victim', 'VICTIM', '../victim', 'victim/..', 'global', 'errors', '.hidden', 'a/b', '']) {
        await expect(register({ jid: `local:x${folder.length}`, name: 'x', folder })).rejects.toThrow();
      }
    });

    test('files of the host and of other chats, by a path, a link or a second name; its own alone is sent', async () => {
      await scene.inside(
        'ln -sf /etc/passwd link; ln -sf ../victim/CLAUDE.md theirs; ln -sfn / all; echo mine > own.txt; ln -f own.txt twice',
      );
      const send = (path: string, chatJid = scene.mallory) => ask({ type: 'file', chatJid, path, text: '' });
      for (const path of ['/etc/passwd', '../victim/CLAUDE.md', 'link', 'theirs', 'all/etc/passwd', 'twice', '.']) {
        expect([path, await send(path)]).toEqual([path, { ok: false, error: expect.any(String) }]);
      }
      await scene.inside('rm twice');
      expect(await send('own.txt', scene.victim)).toMatchObject({ ok: false });
      expect(await send('own.txt')).toMatchObject({ ok: true });
      await until('it is there', () => heard(scene.mallory).includes('[document: own.txt]'));
      expect(heard(scene.victim)).not.toContain('own.txt');
    });

    test('teams of others, and more than a teammate may', async () => {
      expect(
        await ask({ type: 'start_teammate', name: 'spy', role: 'r', prompt: 'say hello' }, scene.victim),
      ).toMatchObject({
        ok: true,
      });
      expect(await ask({ type: 'message_teammate', name: 'spy', text: 'x' })).toMatchObject({ ok: false });
      expect(await ask({ type: 'stop_teammate', name: 'spy' })).toMatchObject({ ok: false });
      expect(await ask({ type: 'message', chatJid: 'team:victim/spy', text: 'psst' })).toMatchObject({ ok: false });
      const forged = { jid: 'team:victim/mole', name: 'mole', folder: 'mole', trigger: '@x' };
      expect(await ask({ type: 'register_group', ...forged }, 'local:main')).toMatchObject({ ok: false });
      expect(await ask({ type: 'stop_teammate', name: 'spy' }, scene.victim)).toMatchObject({ ok: true });
    });

    test('mounts of the host: by dots, by a link, by a colon, of what is blocked, and the same place twice', async () => {
      const linked = join(scene.outside, 'linked');
      symlinkSync('/etc', linked);
      for (const name of ['good', '.ssh']) mkdirSync(join(scene.outside, name));
      const rules = {
        allowedRoots: [{ path: scene.outside, allowReadWrite: true }],
        blockedPatterns: [],
        nonMainReadOnly: true,
      };
      writeFileSync(mountAllowlistFile(configHome), JSON.stringify(rules));
      const wish = (hostPath: string, containerPath?: string): object => ({
        hostPath,
        ...(containerPath && { containerPath }),
      });
      const wishes = [
        wish('/etc'),
        wish(`${scene.outside}/../../etc`, 'a'),
        wish(linked, 'b'),
        wish(scene.path('data'), 'c'),
        wish(join(scene.outside, 'good'), '../../app'),
        wish(`${scene.outside}:/etc`, 'd'),
        wish(join(scene.outside, 'good'), 'e:rw'),
        wish(join(scene.outside, '.ssh'), 'f'),
        wish(join(scene.outside, 'good'), 'good'),
        wish(join(scene.outside, 'good'), 'good'),
      ];
      await controlRequest(scene.path('data', 'nanoclaw.sock'), {
        method: 'PATCH',
        path: '/groups/mallory',
        body: { mounts: wishes },
      });
      await scene.newRun();

      const seen = await scene.inside(
        'ls -A /workspace/extra; touch /workspace/extra/good/x || echo read-only; ls /app',
      );
      expect(seen).toMatch(/^good\n/);
      expect(seen).toContain('read-only');
      const mounts = scene.recorded('mount').filter(({ group }) => group === 'mallory');
      expect(mounts.filter((entry) => 'refused' in entry)).toHaveLength(wishes.length - 1);
    });

    test('ten thousand requests at once, and others are heard all the same', async () => {
      const document = JSON.stringify({ type: 'message', chatJid: scene.victim, text: 'x' });
      const flood = `cd /workspace/ipc/messages; python3 -c 'import os
for i in range(10000):
  open(".f", "w").write("""${document.replaceAll('"', '\\"')}"""); os.replace(".f", f"f{i}.json")'; echo flooded`;
      const flooding = scene.inside(flood);
      const text = 'the victim is heard';
      expect(await ask({ type: 'message', chatJid: scene.victim, text }, scene.victim)).toMatchObject({ ok: true });
      await until('it is said', () => heard(scene.victim).includes(text));
      expect(await flooding).toContain('flooded');
      expect(heard(scene.victim).match(/^x$/gm)).toBeNull();
    });
  });
});
