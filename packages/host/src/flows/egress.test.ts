import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, type ManualClock } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEgressList } from '../access/egress-rules-files.ts';
import { openServiceList } from '../access/service-rules-files.ts';
import { manageAll, NOBODY_TOLD } from '../app-manage.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { loadConfig } from '../config/config.ts';
import { homePaths, prepareHome } from '../config/home-files.ts';
import type { EgressDeps } from '../gateway/wish.ts';
import { silentLog } from '../kernel/log.ts';
import { type Approvals, createApprovals, decideApproval } from './approvals.ts';
import { createEgress } from './egress.ts';
import { changeGroup, registerGroup } from './manage-groups.ts';

const WAIT_MS = 60_000;
let home: string;
let clock: ManualClock;
let stores: Stores;
let approvals: Approvals;
let egress: EgressDeps;
let manage: ReturnType<typeof manageAll>['manageGroups'];
const run = { groupFolder: 'work', runId: 'run-1' };

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-egress-'));
  prepareHome(homePaths(home));
  clock = createManualClock();
  const config = loadConfig({ NANOCLAW_HOME: home, TZ: 'UTC' }, home);
  stores = openStores(':memory:');
  manage = manageAll({ config, stores, now: clock.now }, NOBODY_TOLD).manageGroups;
  approvals = createApprovals({ ...stores, timeoutMs: 3_600_000, onOutgoing: () => undefined, clock, log: silentLog });
  const list = openEgressList(join(home, 'egress-allowlist.json'));
  const services = openServiceList(join(home, 'services.json'));
  const waits = { approvals: () => approvals, waitMs: WAIT_MS };
  egress = createEgress({ ...stores, ...waits, list, services, now: clock.now, log: silentLog });
  registerGroup(manage, { jid: 'local:main', name: 'main', folder: 'main', isMain: true });
  registerGroup(manage, { jid: 'local:work', name: 'work', folder: 'work', egress: 'allowlist' });
});
afterEach(() => {
  stores.database.close();
  rmSync(home, { recursive: true });
});

const list = (text: string): void => writeFileSync(join(home, 'egress-allowlist.json'), text);
const reach = (host: string, port = 443, holder = run): Promise<string | undefined> =>
  Promise.resolve(egress.whyRefused(holder, { host, port }));
const decide = (decision: 'yes' | 'always' | 'no'): void => {
  const [waiting] = stores.approvals.waiting();
  decideApproval(approvals, waiting?.id ?? 0, { decision, by: 'ann' });
};
const rule = (ask: boolean) => ({
  ...{ name: 'GitHub', host: 'api.github.com', port: 443, paths: ['/'], methods: ['GET'], header: 'authorization' },
  ...{ value: 'Bearer secret-of-github', groups: ['work'], ask },
});

test('a host that is listed is reached without a question', async () => {
  list('{"hosts":["example.com"]}');
  expect(await reach('example.com')).toBeUndefined();
  expect(stores.approvals.waiting()).toEqual([]);
});

test('a host that is not is reached when the owner says yes while the request waits', async () => {
  const wish = reach('example.com');
  expect(stores.approvals.waiting()).toMatchObject([{ groupFolder: 'work', kind: 'domain', subject: 'example.com' }]);
  decide('yes');
  expect(await wish).toBeUndefined();
  expect(await reach('example.com', 80)).toBeUndefined();
});

test('it is refused when the owner says no, and asked again is not asked again', async () => {
  const wish = reach('example.com');
  decide('no');
  expect(await wish).toMatch(/not on the list of hosts for this chat: the owner was asked and has said no/);
  expect(await reach('example.com')).toMatch(/the owner has said no/);
});

test('the request is answered after its time in words to act on, and the question still waits', async () => {
  const wish = reach('example.com');
  await clock.advance(WAIT_MS);
  expect(await wish).toMatch(/the owner was asked \(approval 1\) and has not answered yet, ask again later$/);
  decide('always');
  expect(await reach('example.com', 443, { groupFolder: 'work', runId: 'run-2' })).toBeUndefined();
});

test('another port is another question, and ports, addresses and broken lists are none at all', async () => {
  void reach('example.com', 8443);
  expect(stores.approvals.waiting()).toMatchObject([{ subject: 'example.com:8443' }]);
  decide('always');
  expect(await reach('example.com', 8443)).toBeUndefined();

  expect(await reach('mail.example.com', 25)).toMatch(/port 25 is closed/);
  for (const address of ['10.0.0.1', '169.254.169.254', '::1', '93.184.215.14']) {
    expect(await reach(address)).toMatch(/not on the list of hosts/);
  }
  list('{"hosts":');
  expect(await reach('other.com')).toMatch(/the list of hosts cannot be used/);
  expect(stores.approvals.waiting()).toEqual([]);
});

test('a chat without internet asks for nothing, whatever was allowed before', async () => {
  void reach('example.com');
  decide('always');
  changeGroup(manage, stores.groups.find('local:work') ?? expect.fail(), { egress: 'none' });
  expect(await reach('example.com')).toMatch(/no access to the internet/);
  expect(stores.approvals.waiting()).toEqual([]);
});

test('a service is used without a question unless its rule is marked; then as the owner says', async () => {
  expect(await egress.whyServiceRefused(run, rule(false))).toBeUndefined();
  const wish = Promise.resolve(egress.whyServiceRefused(run, rule(true)));
  expect(stores.approvals.waiting()).toMatchObject([
    { kind: 'service', wish: 'the agent of `work` wants to use your credential for GitHub (api.github.com).' },
  ]);
  decide('always');
  expect(await wish).toBeUndefined();
  expect(await egress.whyServiceRefused(run, rule(true))).toBeUndefined();
  // What was allowed for one host says nothing about another of the same name.
  const other = Promise.resolve(egress.whyServiceRefused(run, { ...rule(true), host: 'git.example.com' }));
  decide('no');
  expect(await other).toMatch(/takes the owner's word: the owner was asked and has said no/);
});
