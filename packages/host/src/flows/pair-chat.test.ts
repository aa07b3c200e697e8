import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, type ManualClock } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manageDeps } from '../app-manage.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { loadConfig } from '../config/config.ts';
import { homePaths, prepareHome } from '../config/home-files.ts';
import { silentLog } from '../kernel/log.ts';
import type { ChatInfo, ChatJid } from '../messages/message.ts';
import { ensureMainGroup, registerGroup } from './manage-groups.ts';
import { CODE_LIFE_MS, createPairing, MAX_WRONG_CODES, type Pairing, type PairingDeps } from './pair-chat.ts';

const ANN: ChatInfo = { jid: 'tg:77' as ChatJid, channel: 'telegram', isGroup: false, name: 'Ann' };
const EVE: ChatInfo = { jid: 'tg:66' as ChatJid, channel: 'telegram', isGroup: false, name: 'Eve' };

let home: string;
let stores: Stores;
let clock: ManualClock;
let deps: PairingDeps;
let pairing: Pairing;
let changes: number;
let ids: number;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-pair-'));
  const paths = homePaths(home);
  prepareHome(paths);
  stores = openStores(':memory:');
  clock = createManualClock(1_000_000);
  changes = 0;
  ids = 0;
  const manage = manageDeps(loadConfig({ NANOCLAW_HOME: home, TZ: 'UTC' }, home), paths, stores, clock.now);
  const told = { onOutgoing: () => undefined, onGroupsChanged: () => void changes++ };
  deps = { ...stores, ...manage, ...told, log: silentLog };
  pairing = createPairing(deps);
});
afterEach(() => {
  stores.database.close();
  rmSync(home, { recursive: true, force: true });
});

function send(chat: ChatInfo, content: string, isRegistered = false): boolean {
  const message = { id: `m${ids++}`, chatJid: chat.jid, sender: 'tg:77', senderName: 'Ann', content, timestamp: '' };
  return pairing.take(chat, message, isRegistered);
}
const told = (jid: string): string => stores.outbox.nextUnsent(jid as ChatJid)?.text ?? '';

describe('the chat that sends the code', () => {
  test('becomes main with the folder of the built-in chat, which goes on as an ordinary one', () => {
    ensureMainGroup(deps);
    const { code } = pairing.open();
    expect(send(ANN, ` ${code.toLowerCase().replace('-', ' ')}\n`)).toBe(true);

    expect(stores.groups.main()).toMatchObject({ jid: ANN.jid, folder: 'main' });
    expect(stores.groups.find('local:main')).toMatchObject({ folder: 'local', isMain: false, requiresTrigger: false });
    expect(told(ANN.jid)).toContain('is my main chat now');
    expect(told('local:main')).toContain('with Ann on telegram');
    expect(changes).toBe(1);
  });

  test('becomes main where there is none', () => {
    expect(send(ANN, pairing.open().code)).toBe(true);
    expect(stores.groups.main()).toMatchObject({ jid: ANN.jid, folder: 'main', name: 'Ann', requiresTrigger: false });
  });

  test('takes over from another chat, which is told; a registration of its own ends', () => {
    registerGroup(deps, { jid: EVE.jid, name: 'Eve', folder: 'eve', isMain: true });
    registerGroup(deps, { jid: ANN.jid, name: 'Ann', folder: 'ann' });
    expect(send(ANN, pairing.open().code, true)).toBe(true);

    expect(stores.groups.list().map(({ jid, folder, isMain }) => [jid, folder, isMain])).toEqual([
      [ANN.jid, 'eve', true],
    ]);
    expect(told(EVE.jid)).toContain('is now the one with Ann');
  });

  test('that is main already is told so', () => {
    registerGroup(deps, { jid: ANN.jid, name: 'Ann', folder: 'ann', isMain: true });
    expect(send(ANN, pairing.open().code, true)).toBe(true);
    expect(told(ANN.jid)).toContain('already');
    expect(stores.groups.main()).toMatchObject({ jid: ANN.jid, folder: 'ann' });
  });
});

describe('a code', () => {
  test('works once', () => {
    const { code } = pairing.open();
    send(ANN, code);
    expect(send(EVE, code)).toBe(false);
    expect(stores.groups.main()).toMatchObject({ jid: ANN.jid });
  });

  test('works for a while', async () => {
    const { code, expiresAt } = pairing.open();
    expect(expiresAt).toBe(clock.now() + CODE_LIFE_MS);
    await clock.advance(CODE_LIFE_MS);
    expect(send(ANN, code)).toBe(false);
    expect(stores.groups.main()).toBeUndefined();
  });

  test('is void after a few wrong ones, from whomever', () => {
    const { code } = pairing.open();
    for (let n = 0; n < MAX_WRONG_CODES; n++) expect(send(n % 2 ? ANN : EVE, `AAAA-AAA${n + 2}`)).toBe(true);
    expect(send(ANN, code)).toBe(false);
    expect(stores.groups.main()).toBeUndefined();
  });

  test('is void when there is a new one, and looks like no other', () => {
    const first = pairing.open().code;
    const second = pairing.open().code;
    expect(second).not.toBe(first);
    expect(send(ANN, first)).toBe(true);
    expect(stores.groups.main()).toBeUndefined();
    expect(send(ANN, second)).toBe(true);
    expect(stores.groups.main()).toBeDefined();
  });

  test('does nothing in a group, and nothing while none was asked for', () => {
    expect(send(ANN, 'ABCD-2345')).toBe(false);
    const { code } = pairing.open();
    expect(send({ ...ANN, isGroup: true }, code)).toBe(false);
    expect(stores.groups.main()).toBeUndefined();
  });

  test('leaves words alone in chats that have an assistant', () => {
    pairing.open();
    expect(send(ANN, 'tomorrow', true)).toBe(false);
  });
});
