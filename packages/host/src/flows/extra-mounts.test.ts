import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, repeatingScript } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountAllowlistFile } from '../access/mount-rules-files.ts';

let under: EngineUnderTest;
let owner: string;
beforeEach(() => {
  owner = realpathSync(mkdtempSync(join(tmpdir(), 'nanoclaw-owner-')));
  mkdirSync(join(owner, 'site'));
  under = anEngine({ scriptOf: () => repeatingScript(() => 'done') });
});
afterEach(async () => {
  await under.end();
  rmSync(owner, { recursive: true, force: true });
});

function allow(): void {
  mkdirSync(join(under.home, 'config'), { recursive: true });
  const allowedRoots = [
    { path: owner, allowReadWrite: true },
    { path: under.home, allowReadWrite: true },
  ];
  const rules = JSON.stringify({ allowedRoots, blockedPatterns: [], nonMainReadOnly: true });
  writeFileSync(mountAllowlistFile(join(under.home, 'config')), rules);
}
const extraOf = (run: number): string[] =>
  under.driver.runs[run]!.spec.mounts.filter(({ target }) => target.startsWith('/workspace/extra')).map(
    ({ source, target, mode }) => `${source} ${target} ${mode}`,
  );
const refusals = (): unknown[] =>
  under.log.filter(({ event }) => event === 'mount.refused').map(({ fields }) => fields['reason']);

test('a run sees what the allowlist permits, as it is when the run begins', async () => {
  under.stores.groups.change('local:main', { mounts: [{ hostPath: `${owner}/site`, readonly: false }] });
  under.say('one');
  await under.waitForTexts(1);
  expect(extraOf(0)).toEqual([]);
  expect(refusals()).toEqual([expect.stringContaining('does not exist')]);

  allow();
  under.register('friends');
  under.stores.groups.change('local:friends', { mounts: [{ hostPath: `${owner}/site`, readonly: false }] });
  under.say('two', 'local:friends');
  await under.waitForTexts(1, 'local:friends');
  expect(extraOf(1)).toEqual([`${owner}/site /workspace/extra/site read-only`]);
});

test("the host's own home is never seen, by whatever name, nor by a link", async () => {
  allow();
  symlinkSync(join(under.home, 'store'), join(owner, 'innocent'));
  const wishes = [under.home, join(under.home, 'store'), join(under.home, 'config'), join(owner, 'innocent'), tmpdir()];
  under.stores.groups.change('local:main', {
    mounts: wishes.map((hostPath, index) => ({ hostPath, containerPath: `m${index}`, readonly: true })),
  });
  under.say('one');
  await under.waitForTexts(1);

  expect(extraOf(0)).toEqual([]);
  expect(refusals()).toHaveLength(wishes.length);
});

test('main sees the project without its own data; other chats do not see it', async () => {
  under.register('friends');
  under.say('one');
  under.say('two', 'local:friends');
  await under.waitForTexts(1);
  await under.waitForTexts(1, 'local:friends');
  const project = (run: number): string[] =>
    under.driver.runs[run]!.spec.mounts.map(({ target }) => target).filter((target) =>
      target.startsWith('/workspace/project'),
    );
  const [ofMain, ofOther] = under.driver.runs[0]!.input.isMain ? [0, 1] : [1, 0];

  expect(project(ofMain)).toContain('/workspace/project/packages');
  for (const name of ['store', 'data', 'groups', '.env', '.git', 'node_modules']) {
    expect(project(ofMain)).not.toContain(`/workspace/project/${name}`);
  }
  expect(project(ofOther)).toEqual([]);
});

test('what v1 has in a registration besides is kept', () => {
  const set = under.stores.database.prepare('UPDATE registered_groups SET container_config = ?');
  set.run(JSON.stringify({ timeout: 60_000, additionalMounts: [{ hostPath: '~/a' }] }));
  expect(under.stores.groups.find('local:main')?.mounts).toEqual([{ hostPath: '~/a' }]);
  under.stores.groups.change('local:main', { mounts: [] });
  const config = under.stores.database.prepare('SELECT container_config FROM registered_groups').pluck();
  expect(config.get()).toBe('{"timeout":60000}');
  for (const broken of ['{', '[]', 'null', '{"additionalMounts":"x"}']) {
    set.run(broken);
    expect(under.stores.groups.find('local:main')?.mounts).toEqual([]);
  }
});
