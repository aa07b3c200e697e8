import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';

let home: CliHome;
let file: string;
beforeEach(() => {
  home = aHome();
  file = join(mkdtempSync(join(tmpdir(), 'nanoclaw-backup-')), 'home.tar.gz');
});
afterEach(() => home.remove());

const run = (...args: string[]) => runCommand(home, args);

describe('backup', () => {
  test('asks the running host', async () => {
    await home.start();
    const { code, stdout } = await run('backup', file);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^backed up 0 messages and \d+ files into .*home\.tar\.gz \(\d+\.\d MiB\)\n$/);
    expect(existsSync(file)).toBe(true);
  });

  test('works without a host, tells scripts in JSON, and warns of keys', async () => {
    writeFileSync(join(home.home, '.env'), 'MODEL=x\n');
    const { code, stdout } = await run('backup', file, '--json');
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, file, hasSecrets: false });

    const { stderr } = await run('backup', file, '--with-secrets', '--force');
    expect(stderr).toContain('it holds your keys');
  });

  test('replaces nothing and makes no directory', async () => {
    await run('backup', file);
    expect(await run('backup', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('add --force') });
    expect(await run('backup', join(file, 'x', 'y'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no directory'),
    });
  });
});

describe('restore', () => {
  test('checks, refuses a home in use, and puts aside what is there with --force', async () => {
    await run('backup', file);
    expect(await run('restore', file, '--check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/is whole: 0 messages/),
    });
    expect(await run('restore', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use') });
    const { code, stdout } = await run('restore', file, '--force');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^restored the backup of .*\nwhat was there before is in .*before-restore-/);
  });

  test('of rubbish says so and changes nothing', async () => {
    writeFileSync(file, 'rubbish');
    expect(await run('restore', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing has changed'),
    });
  });
});
