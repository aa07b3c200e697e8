import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { aHome } from './host-process.ts';

const ALL = await engines();
const hasBubblewrap = ALL.some(({ sandbox, unavailable }) => sandbox === 'bubblewrap' && unavailable === undefined);
const hasDocker = ALL.some(({ sandbox, unavailable }) => sandbox === 'docker' && unavailable === undefined);

describe('a start that cannot be says why and what to do', () => {
  let home: ReturnType<typeof aHome>;
  beforeEach(() => {
    home = aHome({ SANDBOX: 'bubblewrap' });
  });
  afterEach(() => home.end());

  test('every mistake of the configuration is named at once, without secrets', async () => {
    const { code, stderr } = await home.run(['start', '--no-chat'], {
      SANDBOX: 'chroot',
      IDLE_TIMEOUT: 'soon',
      CONTAINER_MEMORY: 'lots',
      ANTHROPIC_API_KEY: 'a secret with spaces',
      SLACK_BOT_TOKEN: 'xoxb-1',
    });

    expect(code).toBe(1);
    for (const name of ['SANDBOX', 'IDLE_TIMEOUT', 'CONTAINER_MEMORY', 'ANTHROPIC_API_KEY', 'SLACK_BOT_TOKEN']) {
      expect(stderr).toContain(name);
    }
    expect(stderr).not.toContain('a secret with spaces');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('a home that is a file is refused in one sentence', async () => {
    const file = join(home.home, 'file');
    writeFileSync(file, '');

    const { code, stderr } = await home.run(['start', '--no-chat'], { NANOCLAW_HOME: file });

    expect(code).toBe(1);
    expect(stderr).toMatch(/nanoclaw: .*cannot (use|read) .*file/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('a damaged database is refused and left as it is', async () => {
    mkdirSync(join(home.home, 'store'));
    writeFileSync(join(home.home, 'store', 'messages.db'), 'this is no database '.repeat(500));

    const { code, stderr } = await home.run(['start', '--no-chat']);

    expect(code).toBe(1);
    expect(stderr).toContain('messages.db');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('an engine that does not answer is named and waited for, until somebody asks to stop', async () => {
    const socket = `unix://${join(home.home, 'no-engine.sock')}`;
    const host = home.begin(['start', '--no-chat'], { SANDBOX: 'docker', DOCKER_HOST: socket });
    const waiting = /waiting for the sandbox: no sandbox can be used \(docker: .+\): run /;
    // Without Docker's client there is nothing to wait for, and the host ends by itself.
    await until('it says what it waits for', () => waiting.test(host.output.stderr) || host.child.exitCode !== null);
    host.child.kill('SIGTERM');

    const { code, stderr } = await host.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/no sandbox can be used \(docker: .+\): run /);
  });

  test.skipIf(!hasDocker)('an image that is missing is named with the command that builds it', async () => {
    const settings = { SANDBOX: 'docker', CONTAINER_IMAGE: 'nanoclaw-agent:not-built' };

    const { code, stderr } = await home.run(['start', '--no-chat'], settings);

    expect(code).toBe(1);
    expect(stderr).toContain('nanoclaw-agent:not-built');
    expect(stderr).toContain('nanoclaw sandbox build');
  });

  test.skipIf(!hasBubblewrap)('a second host on the same home is refused, and the first goes on', async () => {
    await home.start();

    const second = await home.run(['start', '--no-chat']);

    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/another NanoClaw \(process \d+\) runs on this home/);
    expect((await home.run(['chat', 'my name is Ann'])).stdout).toContain('Ann');
  });

  test.skipIf(!hasBubblewrap)('the practice model answers without a key and says what it is', async () => {
    await home.start();

    const { code, stdout } = await home.run(['chat', 'hello']);

    expect(code).toBe(0);
    expect(stdout).toContain('practice model: no key is set');
  });

  test('an unknown command and a wrong option are wrong usage', async () => {
    expect((await home.run(['strat'])).code).toBe(2);
    expect((await home.run(['status', '--jsno'])).code).toBe(2);
    expect((await home.run(['--help'])).code).toBe(0);
  });
});
