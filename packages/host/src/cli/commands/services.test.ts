import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';
import { servicesFile } from '../../access/service-rules-files.ts';

let home: CliHome;
beforeEach(() => {
  home = aHome();
});
afterEach(() => home.remove());

const configHome = (): string => join(home.home, 'config');
const check = (...args: string[]) =>
  runCommand(home, ['services', 'check', ...args], { environment: { NANOCLAW_CONFIG_HOME: configHome() } });
function write(services: readonly object[], mode = 0o600): void {
  const file = servicesFile(configHome());
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ services }), { mode });
}
const RULE = {
  name: 'Git',
  host: 'api.example.com',
  header: 'authorization',
  value: 'Bearer of-news',
  groups: ['main'],
};

test('without a file there is nothing to tell', async () => {
  expect(await check()).toMatchObject({ code: 0, stderr: expect.stringContaining('there are no services') });
});

test('services are listed without their credentials', async () => {
  write([RULE]);
  const shown = await check();
  const json = await check('--json');

  expect(shown).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Git +http:\/\/api\.example\.com\/ .*authorization +main/),
  });
  expect(JSON.parse(json.stdout)).toMatchObject({ services: [{ name: 'Git', port: 443 }] });
  expect(shown.stdout + json.stdout).not.toContain('of-news');
});

test('a file that cannot be used is told with the reason', async () => {
  write([{ ...RULE, header: 'Authorization' }]);
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('services.0.header') });
});
