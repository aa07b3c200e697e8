import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOfflineHome } from '@nanoclaw/host/app.js';
import { archiveOffline, restoreOffline } from '@nanoclaw/host/app-archive.js';
import { tryOut } from '@nanoclaw/host/app-try-out.js';
import { type Config, loadConfig } from '@nanoclaw/host/config/config.js';
import { ensureMainGroup } from '@nanoclaw/host/flows/manage-groups.js';
import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import { insertTask } from '@nanoclaw/testkit';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';

const bubblewrap = (await engines()).find(({ sandbox }) => sandbox === 'bubblewrap');

/** In the product's place: tells what it was given, and what became of the tasks of the copy. */
const TELLING = `
import { writeFileSync, copyFileSync } from 'node:fs';
const { NANOCLAW_HOME: home, TOLD: told } = process.env;
copyFileSync(home + '/store/messages.db', told + '.db');
writeFileSync(told, JSON.stringify({ environment: process.env, words: process.argv.slice(2) }));
console.log('yes');`;

describe.skipIf(bubblewrap?.unavailable !== undefined)('a version that is tried out', () => {
  let work: string;
  let config: Config;
  let backup: string;
  beforeEach(async () => {
    work = mkdtempSync(join(tmpdir(), 'nc-update-'));
    const home = join(work, 'home');
    mkdirSync(home);
    const settings = {
      NANOCLAW_HOME: home,
      NANOCLAW_CONFIG_HOME: join(work, 'config'),
      SANDBOX: 'bubblewrap',
      TZ: 'UTC',
    };
    config = loadConfig({ ...settings, TELEGRAM_BOT_TOKEN: '123456:the-token-of-the-owner' }, home);
    const opened = openOfflineHome(config);
    ensureMainGroup(opened.manage);
    opened.close();
    const database = new Sqlite(join(home, 'store', 'messages.db'));
    insertTask(database, { type: 'interval', value: '1000', nextRun: '2026-01-01T00:00:00.000Z' });
    database.close();
    backup = join(work, 'backup.tar.gz');
    await archiveOffline(config, { file: backup, withSecrets: false, force: false }, '2.0.0');
  });
  afterEach(() => rmSync(work, { recursive: true, force: true }));

  const start = (stage: string, environment: Record<string, string> = {}): Promise<void> =>
    tryOut(
      {
        config,
        environment: { ...process.env, TELEGRAM_BOT_TOKEN: '123456:the-token-of-the-owner', ...environment },
        restore: restoreOffline,
        openHome: openOfflineHome,
      },
      { stage, backup },
    );

  function aStage(program: string): string {
    const stage = join(work, 'stage');
    mkdirSync(join(stage, 'packages/host/bin'), { recursive: true });
    writeFileSync(join(stage, 'packages/host/bin/nanoclaw.mjs'), program);
    return stage;
  }

  test('answers a question from a real sandbox, on a copy of the home', async () => {
    await start(CHECKOUT);
  });

  test('gets no keys, no chat app and no task', async () => {
    const told = join(work, 'told');

    await start(aStage(TELLING), { TOLD: told });

    const { environment, words } = JSON.parse(readFileSync(told, 'utf8'));
    expect(words.slice(0, 3)).toEqual(['chat', '--chat', 'local:update-check']);
    expect(JSON.stringify(environment)).not.toContain('the-token-of-the-owner');
    const copy = new Sqlite(`${told}.db`);
    expect(copy.prepare('SELECT status FROM scheduled_tasks').pluck().all()).toEqual(['paused']);
    copy.close();
    const own = new Sqlite(join(config.home, 'store', 'messages.db'));
    expect(own.prepare('SELECT status FROM scheduled_tasks').pluck().all()).toEqual(['active']);
    own.close();
  });

  test.each([
    ['ends with an error', "console.error('it is broken'); process.exit(1);", 'it is broken'],
    ['says nothing', '', 'its answer was empty'],
  ])('and %s is refused with what it said', async (_, program, why) => {
    await expect(start(aStage(program))).rejects.toThrow(why);
  });
});
