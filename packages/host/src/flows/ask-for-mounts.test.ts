import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createManualClock, type ManualClock, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountAllowlistFile } from '../access/mount-rules-files.ts';
import { openAskForMounts } from '../app-approvals.ts';
import { manageAll, NOBODY_TOLD } from '../app-manage.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { loadConfig } from '../config/config.ts';
import { homePaths, prepareHome } from '../config/home-files.ts';
import { silentLog } from '../kernel/log.ts';
import { type Approvals, createApprovals, decideApproval } from './approvals.ts';
import { type AskForMountsDeps, applyMountedRequest, MAILBOX_WAIT_MS, type MountedRequest } from './ask-for-mounts.ts';
import { registerGroup } from './manage-groups.ts';

let home: string;
let place: string;
let clock: ManualClock;
let stores: Stores;
let approvals: Approvals;
let deps: AskForMountsDeps;
let serial = 0;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-mount-asked-'));
  place = realpathSync(mkdtempSync(join(tmpdir(), 'nanoclaw-mount-place-')));
  for (const name of ['site', 'notes']) mkdirSync(join(place, name));
  const config = loadConfig({ NANOCLAW_HOME: home, NANOCLAW_CONFIG_HOME: join(home, 'config'), TZ: 'UTC' }, home);
  const paths = homePaths(home);
  prepareHome(paths);
  const file = mountAllowlistFile(config.configHome);
  mkdirSync(dirname(file), { recursive: true });
  const allowedRoots = [{ path: place, allowReadWrite: true }];
  writeFileSync(file, JSON.stringify({ allowedRoots, blockedPatterns: [], nonMainReadOnly: true }));
  clock = createManualClock();
  stores = openStores(':memory:');
  const { manageGroups } = manageAll({ config, stores, now: clock.now }, NOBODY_TOLD);
  approvals = createApprovals({ ...stores, timeoutMs: 3_600_000, onOutgoing: () => undefined, clock, log: silentLog });
  deps = openAskForMounts({ config, paths, log: silentLog }, approvals, manageGroups);
  registerGroup(manageGroups, { jid: 'local:main', name: 'main', folder: 'main', isMain: true });
  mkdirSync(join(home, 'data', 'ipc', 'main', 'responses'), { recursive: true });
});
afterEach(() => {
  stores.database.close();
  for (const directory of [home, place]) rmSync(directory, { recursive: true });
});

const mailbox = (): string => join(home, 'data', 'ipc', 'main');
function ask(request: object, additionalMounts: object[] = [{ hostPath: join(place, 'site'), readonly: false }]) {
  serial += 1;
  const id = `r${serial}`;
  const registration = { type: 'register_group', jid: 'tg:1', name: 'Work', folder: 'work', trigger: '@Andy' };
  const base = 'type' in request ? {} : registration;
  const asked = { id, ...base, containerConfig: { additionalMounts }, ...request } as unknown as MountedRequest;
  const now = applyMountedRequest(deps, { folder: 'main', mailbox: mailbox() }, asked);
  const file = join(mailbox(), 'responses', `${id}.json`);
  return { now, later: () => until('it is answered', () => read(file)) };
}
function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
const decide = (decision: 'yes' | 'always' | 'no'): void => {
  decideApproval(approvals, stores.approvals.waiting()[0]?.id ?? 0, { decision, by: 'ann' });
};
const told = (): string => stores.outbox.nextUnsent(stores.groups.main()?.jid ?? expect.fail())?.text ?? '';

test('a registration with folders is asked of the owner, shown resolved, and done when they say yes', async () => {
  symlinkSync(join(place, 'site'), join(place, 'link'));
  const { now, later } = ask({}, [{ hostPath: join(place, 'link'), containerPath: 'here', readonly: false }]);

  expect([now, stores.groups.find('tg:1')]).toEqual([undefined, undefined]);
  expect(told()).toContain(
    `the agent of \`main\` wants to register chat \`tg:1\`, called \`Work\`, with folder \`work\`, and let its agent see of your machine: \`${place}/site\` as \`/workspace/extra/here\` (to read).`,
  );
  decide('yes');
  expect(await later()).toMatchObject({ ok: true, jid: 'tg:1', folder: 'work' });
  expect(stores.groups.find('tg:1')).toMatchObject({
    ...{ isMain: false, egress: null },
    mounts: [{ hostPath: join(place, 'site'), containerPath: 'here', readonly: true }],
  });
});

test('a no, and a second wish after it, leave everything as it was', async () => {
  const { later } = ask({});
  decide('no');
  expect(await later()).toEqual({ ok: false, error: expect.stringContaining('said no') });
  expect(ask({}).now).toEqual({ ok: false, error: expect.stringContaining('said no') });
  expect(stores.groups.find('tg:1')).toBeUndefined();
});

test('an agent that has waited long enough is told so; the yes of later is carried out without it', async () => {
  const { later } = ask({});
  await clock.advance(MAILBOX_WAIT_MS);
  expect(await later()).toEqual({ ok: false, error: expect.stringContaining('has not answered yet') });
  decide('yes');
  expect(stores.groups.find('tg:1')).toMatchObject({ folder: 'work' });
});

test('a yes that cannot be carried out any more says so to the owner', async () => {
  ask({});
  registerGroup(deps.manageGroups, { jid: 'tg:2', name: 'other', folder: 'work' });
  decide('yes');
  const texts = stores.database.prepare('SELECT text FROM outbox ORDER BY id').pluck().all();
  expect(texts.at(-1)).toMatch(/is allowed once\. It could not be done: .*folder work belongs to chat tg:2/);
});

test('more folders for a chat that is registered are asked for too; always is for the very same wish', async () => {
  const change = { type: 'update_group', jid: 'local:main' };
  const first = ask(change);
  expect(told()).toContain("wants to let chat `local:main`'s agent see of your machine:");
  decide('always');
  expect(await first.later()).toMatchObject({ ok: true });
  expect(stores.groups.main()?.mounts).toMatchObject([{ hostPath: join(place, 'site'), readonly: false }]);
  expect(ask(change).now).toMatchObject({ ok: true });
  expect(ask(change, [{ hostPath: join(place, 'notes') }]).now).toBeUndefined();
});

test.each([
  ['a folder that the allowlist refuses', {}, [{ hostPath: '/etc' }], /mount allowlist: it lies in none/],
  ['a name that could not be shown whole', { name: 'x'.repeat(201) }, undefined, /too long to be shown/],
])('%s is refused, and nobody is asked', (_, request, mounts, why) => {
  expect(ask(request, mounts).now).toEqual({ ok: false, error: expect.stringMatching(why) });
  expect(stores.approvals.waiting()).toEqual([]);
});

test.each([
  ['main', { jid: 'local:main' }, /folder main already/],
  ['no chat', { type: 'update_group', jid: 'tg:404' }, /not registered/],
  ['a folder that is taken', { folder: 'main' }, /folder main already/],
])('what cannot be, such as %s, is refused before anybody is asked', (_, request, why) => {
  expect(() => ask(request)).toThrow(why);
  expect(stores.approvals.waiting()).toEqual([]);
});

test('what an agent calls a chat cannot end its quotation', () => {
  ask({ name: 'Work`. Approved by Ann: `yes 1' });
  expect(told()).toContain("called `Work'. Approved by Ann: 'yes 1`, with");
});
