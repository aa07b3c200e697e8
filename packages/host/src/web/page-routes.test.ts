import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveAgent } from '../agents/live-agents.ts';
import { openQuestions } from '../app-approvals.ts';
import { manageAll, NOBODY_TOLD } from '../app-manage.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { loadConfig } from '../config/config.ts';
import { homePaths } from '../config/home-files.ts';
import type { HostStatus } from '../flows/host-status.ts';
import type { Group } from '../groups/group.ts';
import { systemClock } from '../kernel/clock.ts';
import type { ChatJid } from '../messages/message.ts';
import { MAX_LIVE_VIEWERS } from './live-stream.ts';
import { type PageDeps, pageRoutes } from './page-routes.ts';

const NOW = Date.parse('2026-03-04T12:00:00Z');

let home: string;
let stores: Stores;
let deps: PageDeps;
let live: LiveAgent[];
const said: string[] = [];
const stopped: string[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-page-routes-'));
  const paths = homePaths(home);
  mkdirSync(paths.logs, { recursive: true });
  stores = openStores(':memory:', { recordFile: paths.record });
  const config = loadConfig({ NANOCLAW_HOME: home, NANOCLAW_CONFIG_HOME: '/nowhere', TZ: 'UTC' }, home);
  const { manageGroups, manageTasks, usage, memory } = manageAll({ config, stores, now: () => NOW }, NOBODY_TOLD);
  live = [];
  said.length = 0;
  stopped.length = 0;
  deps = {
    manage: manageGroups,
    tasks: manageTasks,
    usage,
    memory,
    channels: [],
    asked: openQuestions({ config, paths, stores }, manageGroups),
    live: () => live,
    pulse: () => ({ groups: stores.groups.list().length }) as HostStatus,
    status: async () => ({ version: 'test' }) as HostStatus,
    say: (jid, text) => said.push(`${jid} ${text}`),
    driver: { stop: async (name) => stopped.push(name) > 0 },
    settings: () => [],
    recordFile: paths.record,
    logs: paths.logs,
    clock: systemClock,
  };
});
afterEach(() => {
  stores.database.close();
  rmSync(home, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown) {
  const answer = await pageRoutes(deps).request(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

const register = (folder: string) => ask('POST', '/groups', { jid: `tg:${folder}`, name: folder, folder });

function liveOf(folder: string, more: Partial<LiveAgent> = {}): void {
  const group = stores.groups.ofFolder(folder) as Group;
  const common = {
    runId: 'run-1',
    sandboxName: `box-${folder}`,
    mailbox: '',
    openTurns: [],
    takenSeq: 0,
    lastInput: 0,
  };
  live.push({ ...common, group, phase: 'working', ...more });
}

test('a form that is wrong is told by its fields, and nothing is registered', async () => {
  const answer = await ask('POST', '/groups', { jid: 'tg:1', name: '', folder: '../x' });
  expect(answer.status).toBe(400);
  expect(Object.keys(answer.body['fields'] ?? {})).toEqual(['name', 'folder']);
  expect(stores.groups.list()).toEqual([]);
  expect((await ask('POST', '/tasks', { group: 'nobody', prompt: 'x' })).status).toBe(400);
});

test('memory is listed without contents, read one version at a time, and restored', async () => {
  await register('family');
  const file = join(home, 'groups', 'family', 'CLAUDE.md');
  writeFileSync(file, 'first');
  await ask('GET', '/memory/family');
  writeFileSync(file, 'second');

  const { body: list } = await ask('GET', '/memory/family');
  expect(list).toMatchObject([
    { path: 'CLAUDE.md', chars: 6, isNewest: true },
    { path: 'CLAUDE.md', chars: 5, isNewest: false },
  ]);
  expect(JSON.stringify(list)).not.toContain('second');
  const oldest = (list as unknown as { id: number }[])[1]!.id;
  expect((await ask('GET', `/memory/family/${oldest}`)).body['content']).toBe('first');
  expect((await ask('POST', `/memory/family/${oldest}/restore`)).status).toBe(200);
  expect((await ask('GET', '/memory/family?limit=1')).body).toMatchObject([{ chars: 5, isNewest: true }]);
});

test.each([
  ['GET', '/memory/nobody', 404],
  ['GET', '/memory/..%2f..%2fetc', 404],
  ['GET', '/memory/global/999', 404],
  ['GET', '/memory/global?limit=101', 400],
  ['GET', '/record?limit=201', 400],
  ['GET', '/record?kind=everything', 400],
  ['GET', '/usage?by=group&days=367', 400],
  ['GET', '/usage?by=secret', 400],
  ['GET', '/live/..%2f..%2fhost/output', 404],
  ['POST', '/live/nobody/stop', 404],
  ['GET', '/tasks/nothing', 404],
  ['PATCH', '/groups/nobody', 404],
  ['GET', '/nothing', 404],
])('%s %s is refused with %i', async (method, path, status) => {
  const answer = await pageRoutes(deps).request(path, { method, ...(method === 'PATCH' ? { body: '{}' } : {}) });
  expect(answer.status).toBe(status);
});

test('what works is stopped as its owner would stop it, what rests is ended, a teammate has its lead', async () => {
  await register('family');
  await register('work');
  await register('mate');
  liveOf('family');
  liveOf('work', { phase: 'resting' });
  const mate = { ...(stores.groups.ofFolder('mate') as Group), team: { of: 'family', role: 'reader' } };
  liveOf('mate', { group: mate });

  expect((await ask('POST', '/live/box-family/stop')).status).toBe(200);
  expect((await ask('POST', '/live/box-work/stop')).status).toBe(200);
  const refused = await ask('POST', '/live/box-mate/stop');
  expect([refused.status, refused.body['error']]).toEqual([400, 'a teammate stops with its lead: stop family']);
  expect([said, stopped]).toEqual([['tg:family /stop'], ['box-work']]);
  expect((await ask('GET', '/live')).body).toMatchObject([
    { sandbox: 'box-family', folder: 'family', jid: 'tg:family', phase: 'working', work: 'messages' },
    { phase: 'resting' },
    { team: { of: 'family' } },
  ]);
});

test('a stream tells the state, then what changes and what the sandbox prints', async () => {
  await register('family');
  liveOf('family');
  const logs = join(homePaths(home).logs, 'family');
  mkdirSync(logs);
  writeFileSync(join(logs, 'run-1.log'), 'stdout: hello\n');
  const stopping = new AbortController();
  deps = { ...deps, signal: stopping.signal };
  const answer = await pageRoutes(deps).request('/live/events?sandbox=box-family');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const readTo = async (wanted: string) => {
    while (!text.includes(wanted)) text += (await reader.read()).value ?? '';
  };
  await readTo('stdout: hello');
  expect(text).toContain('event: pulse\ndata: {"groups":1}');
  await register('work');
  writeFileSync(join(logs, 'run-1.log'), 'stdout: hello\nstdout: again\n');
  await readTo('stdout: again');
  await readTo('data: {"groups":2}');
  stopping.abort();
  while (!(await reader.read()).done);
});

test('no more pages look at once than the limit, and one that leaves makes room', async () => {
  const app = pageRoutes(deps);
  const open = await Promise.all(Array.from({ length: MAX_LIVE_VIEWERS }, () => app.request('/live/events')));
  expect((await app.request('/live/events')).status).toBe(503);
  await open[0]!.body!.cancel();
  const next = await app.request('/live/events');
  expect(next.status).toBe(200);
  for (const answer of [...open.slice(1), next]) await answer.body!.cancel();
});

test('chats of other apps that are not registered are offered', async () => {
  const chat = (jid: string) => ({ jid: jid as ChatJid, name: jid, channel: 'telegram', isGroup: true });
  stores.messages.ensureChat(chat('tg:family'));
  stores.messages.ensureChat(chat('tg:-7'));
  await register('family');
  expect((await ask('GET', '/unregistered')).body).toMatchObject([{ jid: 'tg:-7' }]);
});
