import { afterEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome, until } from '../../../../../test/cli/cli-home.ts';
import { runCommand, startCommand } from '../../../../../test/cli/cli-run.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

/** A home with the built-in chat; a host runs on it or not. */
async function aHomeWith(host: 'host' | 'no host'): Promise<CliHome> {
  const home = aHome();
  homes.push(home);
  await home.start();
  if (host === 'no host') await home.stop();
  return home;
}

describe('status', () => {
  test('tells what the running host does', async () => {
    const home = await aHomeWith('host');
    const { code, stdout } = await runCommand(home, ['status']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Andy is running\nprocess +42, version 2.0.0, since 2026-03-04 12:00:00$/m);
    for (const fact of [
      'practice model: no key is set',
      '1 of 5 places in use',
      'local connected, last message 2026-03-04 12:00:00, last error 2026-03-04 12:00:00: the network is down',
      'mailbox 2',
      '2 entries could not be written',
      'lost-turn mended 1 times, last 2026-03-04 12:00:00: turn-1',
      '3.0 MiB, last backup 2026-03-04 11:00:00',
      'the last attempt failed: the disk is full',
      'done 3',
      '$0.0123',
    ]) {
      expect(stdout).toContain(fact);
    }
  });

  test('is one JSON document with --json', async () => {
    const home = await aHomeWith('host');
    const { code, stdout, stderr } = await runCommand(home, ['status', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ running: true, ...home.status });
  });

  test('says that no host runs, and exits with 1', async () => {
    const home = await aHomeWith('no host');
    const text = await runCommand(home, ['status']);
    expect(text.code).toBe(1);
    expect(text.stdout).toBe(`no host runs on ${home.home}: start one with npm start\n`);
    expect(await runCommand(home, ['status', '--json'])).toMatchObject({ code: 1, stdout: '{"running":false}\n' });
  });
});

describe('web', () => {
  test('prints the one-time address of the page', async () => {
    const result = await runCommand(await aHomeWith('host'), ['web']);
    expect(result).toMatchObject({ code: 0, stdout: 'http://127.0.0.1:4321/login?code=once\n', stderr: '' });
  });

  test('without a host says what to start', async () => {
    const result = await runCommand(await aHomeWith('no host'), ['web']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^nanoclaw: no host answers .*npm start\n$/);
  });
});

describe('sandbox build', () => {
  test('shows its progress with the elapsed seconds on stderr and the result on stdout', async () => {
    const home = await aHomeWith('no host');
    const result = await runCommand(home, ['sandbox', 'build', '--no-browser', '--base', 'debian']);
    expect(result).toMatchObject({
      code: 0,
      stdout: 'built nanoclaw-agent:latest (abc123)\n',
      stderr: '[   2 s] base debian, browser false\n',
    });
  });

  test('^C ends it with 130', async () => {
    const home = await aHomeWith('no host');
    const run = startCommand(home, ['sandbox', 'build'], {
      deps: {
        buildImage: (_config, { report, signal }) => {
          report('begun');
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      },
    });
    await until(() => run.stderr().includes('begun'));
    run.signal();
    expect(await run.code).toBe(130);
    expect(run.stdout()).toBe('');
    expect(run.stderr()).toContain('the build was stopped');
  });
});
