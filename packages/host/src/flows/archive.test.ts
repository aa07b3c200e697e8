import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { anEngine, type EngineUnderTest, repeatingScript, until } from '@nanoclaw/testkit';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archiveDeps } from '../app-archive.ts';
import { openAuthStore } from '../channels/whatsapp/auth-store.ts';
import { homePaths } from '../config/home-files.ts';
import { armFailpoint } from '../kernel/failpoints.ts';
import { HOME_FOLDER, MANIFEST_NAME } from './archive-manifest.ts';
import { makeArchive } from './make-archive.ts';
import { readArchive } from './read-archive.ts';
import { finishRestore, restoreHome } from './restore-home.ts';

let work: string;
let under: EngineUnderTest;
const answering = repeatingScript((prompt) => `saw ${(prompt.match(/word\d+/g) ?? []).join(' ')}`);
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'nanoclaw-archive-'));
  under = anEngine({ scriptOf: () => answering });
});
afterEach(async () => {
  await under.end();
  rmSync(work, { recursive: true, force: true });
});

const archive = () => join(work, 'home.tar.gz');
function make(options: { withSecrets?: boolean; force?: boolean } = {}) {
  const request = { file: archive(), withSecrets: false, force: false, ...options };
  return makeArchive(archiveDeps(homePaths(under.home), under.stores.database, '2.0.0'), request);
}

/** Puts the archive into a new home. */
async function restoreInto(name: string): Promise<string> {
  const home = join(work, name);
  mkdirSync(join(home, 'data'), { recursive: true });
  const backups = join(home, 'backups');
  restoreHome(await readArchive(archive(), backups), { home, backups, now: 0 });
  return home;
}

test('what logs a channel in is in an archive only where the owner asks for it, whole also while it is in use', async () => {
  const directory = homePaths(under.home).channelAuth;
  const store = openAuthStore(join(directory, 'whatsapp.db'));
  store.save([{ kind: 'creds', id: 'creds', value: '"the key"' }]);
  await make();
  expect(existsSync(join(await restoreInto('without'), 'store', 'auth'))).toBe(false);

  await make({ withSecrets: true, force: true });
  store.close();
  const restored = openAuthStore(join(await restoreInto('with'), 'store', 'auth', 'whatsapp.db'));
  expect(restored.find('creds', 'creds')).toBe('"the key"');
  restored.close();
});

test('a restore drill: what was backed up under load answers the next message in its session, and says nothing twice', async () => {
  const chats = Array.from({ length: 10 }, (_, index) => under.register(`chat${index}`));
  for (const chat of chats) under.say('word1', chat);
  await under.waitForTexts(1, chats[9]);
  const making = make();
  for (const chat of chats) under.say('word2', chat);
  await making;
  writeFileSync(join(under.home, 'groups', 'chat0', 'notes.md'), 'written after the backup');
  const home = await restoreInto('restored');
  await under.crash();
  const restored = anEngine({ home, scriptOf: () => answering });
  try {
    for (const chat of chats) restored.say('word3', chat);
    for (const chat of chats) {
      await until('it is answered', () => restored.texts(chat).some((text) => text.includes('word3')));
      const words = restored
        .texts(chat)
        .join(' ')
        .match(/word\d/g);
      expect(words).toEqual([...new Set(words)]);
      expect(words).toContain('word1');
    }
    expect(restored.driver.runs.every(({ input }) => input.sessionId?.startsWith('session-chat'))).toBe(true);
    expect(existsSync(join(home, 'groups', 'chat0', 'notes.md'))).toBe(false);
  } finally {
    await restored.crash();
  }
  under = anEngine({ scriptOf: () => answering });
});

describe('a backup', () => {
  test('holds no keys unless it is asked for them, and is closed to other users', async () => {
    writeFileSync(join(under.home, '.env'), 'ANTHROPIC_API_KEY=sk-ant-very-secret');
    await make();
    expect(statSync(archive()).mode & 0o777).toBe(0o600);
    const without = await readArchive(archive(), join(work, 'a'));
    expect(readdirSync(without.home)).not.toContain('.env');

    expect(await make({ withSecrets: true, force: true })).toMatchObject({ hasSecrets: true });
    const withThem = await readArchive(archive(), join(work, 'b'));
    expect(readFileSync(join(withThem.home, '.env'), 'utf8')).toContain('sk-ant');
  });

  test('does not follow what an agent has planted in its folder', async () => {
    const secret = join(work, 'secret');
    writeFileSync(secret, 'the key of the house');
    symlinkSync(secret, join(under.home, 'groups', 'main', 'link'));
    symlinkSync(work, join(under.home, 'groups', 'main', 'folder'));
    await make();
    const { home } = await readArchive(archive(), join(work, 'a'));

    expect(lstatSync(join(home, 'groups/main/link')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(home, 'groups/main/folder')).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(home, 'groups/main'))).not.toContain('secret');
  });

  test('replaces no file, and leaves nothing behind when it fails', async () => {
    writeFileSync(archive(), 'mine');
    await expect(make()).rejects.toMatchObject({ code: 'backup-failed', message: expect.stringContaining('--force') });
    expect(readFileSync(archive(), 'utf8')).toBe('mine');
    const stopped = AbortSignal.abort(new Error('stopped'));
    const request = { file: join(work, 'b.tar.gz'), withSecrets: false, force: false };
    const deps = archiveDeps(homePaths(under.home), under.stores.database, '2.0.0');
    await expect(makeArchive(deps, request, stopped)).rejects.toThrow('stopped');

    expect(readdirSync(work)).toEqual(['home.tar.gz']);
    expect(readdirSync(join(under.home, 'backups'))).toEqual([]);
  });
});

/** An archive that nanoclaw has not made: the pieces of a good one, changed by hand. */
async function forge(change: (root: string) => void, names?: readonly string[]): Promise<void> {
  await make({ force: true });
  const good = await readArchive(archive(), join(work, 'good'));
  const root = dirname(good.home);
  change(root);
  const entries = names ?? [MANIFEST_NAME, HOME_FOLDER].filter((name) => existsSync(join(root, name)));
  await create({ gzip: true, file: archive(), cwd: root, preservePaths: true }, [...entries]);
  good.discard();
}

describe('an archive that is not what it was', () => {
  test.each([
    [
      'a changed file',
      (root: string) => writeFileSync(join(root, 'home/groups/main/CLAUDE.md'), 'obey me'),
      /not what was/,
    ],
    ['a missing file', (root: string) => rmSync(join(root, 'home/groups/main/CLAUDE.md')), /is missing/],
    ['a file more', (root: string) => writeFileSync(join(root, 'home/groups/extra'), 'x'), /not what was/],
    ['no manifest', (root: string) => rmSync(join(root, MANIFEST_NAME)), /no manifest/],
    [
      'another format',
      (root: string) => writeFileSync(join(root, MANIFEST_NAME), '{"format":99}'),
      /form that this version/,
    ],
  ])('because of %s is refused and nothing changes', async (_, change, reason) => {
    await forge(change);
    const place = join(work, 'place');

    await expect(readArchive(archive(), place)).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringMatching(reason),
    });
    expect(readdirSync(place)).toEqual([]);
  });

  test('because it is cut off, or something else, is refused', async () => {
    await make();
    writeFileSync(archive(), readFileSync(archive()).subarray(0, 2_000));
    await expect(readArchive(archive(), join(work, 'a'))).rejects.toMatchObject({ code: 'restore-failed' });
    writeFileSync(archive(), 'hello');
    await expect(readArchive(archive(), join(work, 'a'))).rejects.toMatchObject({ code: 'restore-failed' });
    await expect(readArchive(join(work, 'nothing'), join(work, 'a'))).rejects.toThrow('not there');
  });

  test('because it holds a link is refused: links are only made from the manifest', async () => {
    await forge((root) => symlinkSync('/etc', join(root, 'home/groups/main/etc')));

    await expect(readArchive(archive(), join(work, 'a'))).rejects.toThrow('is a SymbolicLink');
  });

  test('because one of its links lies behind another is refused', async () => {
    mkdirSync(join(work, 'outside'));
    await forge((root) => {
      const manifest = JSON.parse(readFileSync(join(root, MANIFEST_NAME), 'utf8')) as { links: unknown[] };
      manifest.links = [
        { path: 'groups/out', target: join(work, 'outside') },
        { path: 'groups/out/planted', target: '/etc/passwd' },
      ];
      writeFileSync(join(root, MANIFEST_NAME), JSON.stringify(manifest));
    });

    await expect(readArchive(archive(), join(work, 'a'))).rejects.toThrow('leads out');
    expect(readdirSync(join(work, 'outside'))).toEqual([]);
  });

  test('because it leads out of its directory writes nothing there', async () => {
    writeFileSync(join(work, 'outside'), 'original');
    await forge(
      (root) => writeFileSync(join(root, 'outside'), 'overwritten'),
      [MANIFEST_NAME, HOME_FOLDER, '../../outside'],
    );

    await expect(readArchive(archive(), join(work, 'deep/er'))).rejects.toMatchObject({ code: 'restore-failed' });
    expect(readFileSync(join(work, 'outside'), 'utf8')).toBe('original');
  });
});

describe('a restore', () => {
  test('puts aside what is there and removes none of it', async () => {
    under.say('word1');
    await under.waitForTexts(1);
    await make();
    under.say('word2');
    await under.waitForTexts(2);
    writeFileSync(join(under.home, 'groups/main/later.md'), 'later');
    const { home } = under;
    await under.crash();
    const backups = join(home, 'backups');
    const { aside } = restoreHome(await readArchive(archive(), backups), { home, backups, now: 0 });
    under = anEngine({ home, scriptOf: () => answering });

    expect(under.texts()).toEqual(['saw word1']);
    expect(readFileSync(join(aside ?? '', 'groups/main/later.md'), 'utf8')).toBe('later');
    expect(existsSync(join(aside ?? '', 'store/messages.db'))).toBe(true);
  });

  test.each(['restore-begun', 'restore-put-aside'] as const)(
    'that dies at %s is finished by the next start',
    async (place) => {
      under.say('word1');
      await under.waitForTexts(1);
      await make();
      under.say('word2');
      await under.waitForTexts(2);
      const { home } = under;
      await under.crash();
      const backups = join(home, 'backups');
      const ready = await readArchive(archive(), backups);
      const disarm = armFailpoint(place, () => {
        throw new Error('the machine dies');
      });
      expect(() => restoreHome(ready, { home, backups, now: 0 })).toThrow('dies');
      disarm();
      under = anEngine({ home, scriptOf: () => answering });

      expect(under.texts()).toEqual(['saw word1']);
      expect(existsSync(join(backups, 'before-restore-1970-01-01T00-00-00-000Z/store/messages.db'))).toBe(true);
      expect(finishRestore(home)).toBe(false);
    },
  );

  test('takes a copy that the host has made by itself', async () => {
    under.say('word1');
    await under.waitForTexts(1);
    const copy = join(work, 'messages.db');
    await under.stores.database.backup(copy);
    const ready = await readArchive(copy, join(work, 'backups'));

    expect(ready).toMatchObject({ manifest: undefined, parts: ['store/messages.db'] });
  });
});
