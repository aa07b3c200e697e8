import { until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { engines } from '../e2e/engines.ts';
import { aRealHome, type RealHome } from './pseudo-terminal.ts';
import type { Screen } from './screen.ts';

const unavailable = (await engines()).find(({ sandbox }) => sandbox === 'bubblewrap')?.unavailable;

/** A command whose answer can be told from the question. */
const SUM = { question: 'run `echo $((40 + 2))-apples`', answer: '42-apples' };

describe.skipIf(unavailable !== undefined)('the real program on a terminal', () => {
  const homes: RealHome[] = [];
  afterEach(async () => {
    for (const home of homes.splice(0)) await home.remove();
  });

  function aHome(): RealHome {
    const home = aRealHome();
    homes.push(home);
    return home;
  }

  async function shows(screen: Screen, text: string): Promise<void> {
    try {
      await until(`the terminal shows ${JSON.stringify(text)}`, () => screen.text().includes(text), 60_000);
    } catch (error) {
      throw new Error(`${String(error)}\n${screen.text()}`);
    }
  }
  const count = (screen: Screen, text: string): number => screen.text().split(text).length - 1;

  test('start has a chat, shows what others ask, and ^C drains and leaves nothing behind', async () => {
    const home = aHome();
    const { screen, type, code } = home.terminal('start');
    await shows(screen, 'Andy is ready (practice model: no key is set; sandbox: bubblewrap)');
    await shows(screen, 'you>');

    type(`${SUM.question}\r`);
    await shows(screen, SUM.answer);
    const asked = await home.run('chat', 'my name is Ann');
    await shows(screen, 'you> my name is Ann');
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toContain('Ann');
    expect(JSON.parse((await home.run('status', '--json')).stdout)).toMatchObject({ running: true });
    type('\u0003');

    expect(await code).toBe(0);
    expect(count(screen, SUM.answer)).toBe(1);
    expect(count(screen, 'you> my name is Ann')).toBe(1);
    expect(screen.foreign).toEqual([]);
    expect(screen.text()).toMatch(/stopping: .*\nstopped$/);
    expect(home.isLocked()).toBe(false);
    expect(home.processes()).toEqual([]);
  });

  test('a second ^C stops at once with 130, although the agent works', async () => {
    const home = aHome();
    const { screen, type, code } = home.terminal('start');
    await shows(screen, 'you>');
    type('run `sleep 300`\r');
    await shows(screen, 'Andy is typing');
    await until('the sandbox is there', () => home.processes().length > 0);

    type('\u0003');
    await shows(screen, 'stopping:');
    type('\u0003');

    expect(await code).toBe(130);
    expect(home.processes()).toEqual([]);
    expect(home.isLocked()).toBe(false);
  });

  test('a chat outlives a restart of the host: nothing is lost or doubled, and leaving leaves the host', async () => {
    const home = aHome();
    const first = home.start('start', '--no-chat');
    await until('the host is ready', () => first.heard.stdout.includes('is ready'), 60_000);
    const { screen, type, code } = home.terminal('chat');
    await shows(screen, 'you>');
    type('my name is Ann\r');
    await shows(screen, 'Andy: ');

    first.child.kill('SIGTERM');
    expect(await first.code).toBe(0);
    await shows(screen, '(the host is gone');
    type('what is my name?\r');
    const second = home.start('start', '--no-chat');
    await until('the host is ready again', () => second.heard.stdout.includes('is ready'), 60_000);
    await until('the second answer is there', () => count(screen, 'Andy: ') === 2, 60_000);
    type('/quit\r');

    expect(await code).toBe(0);
    expect(count(screen, 'you> my name is Ann')).toBe(1);
    expect(count(screen, 'you> what is my name?')).toBe(1);
    expect(count(screen, '(the host is gone')).toBe(1);
    const stored = JSON.parse((await home.run('messages', 'local:main', '--json')).stdout) as unknown[];
    expect(stored).toHaveLength(4);
    expect(await home.run('status')).toMatchObject({ code: 0 });
    second.child.kill('SIGTERM');
    expect(await second.code).toBe(0);
    expect(home.processes()).toEqual([]);
  });

  test('a question without a host has a private one, and leaves nothing behind', async () => {
    const home = aHome();
    const asked = await home.run('chat', SUM.question);
    expect(asked.code).toBe(0);
    expect(asked.stdout).toContain(SUM.answer);
    expect(asked.stderr).toContain('no host was running');
    expect(home.isLocked()).toBe(false);
    expect(home.processes()).toEqual([]);
    const listed = await home.run('groups', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ jid: 'local:main', isMain: true }]);
  });

  test('of two questions at once without a host each is stored once, and each command ends with a clear word', async () => {
    const home = aHome();
    const asked = await Promise.all([home.run('chat', 'my name is Ann'), home.run('chat', 'my name is Ben')]);
    // The second uses the private host of the first, which may end before it has come to the second question.
    for (const { code, stdout, stderr } of asked) {
      if (code === 0) expect(stdout).not.toBe('');
      else expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('the host went away') });
    }
    expect(asked.some(({ code }) => code === 0)).toBe(true);
    const stored = JSON.parse((await home.run('messages', 'local:main', '--json')).stdout) as { content: string }[];
    const texts = stored.map(({ content }) => content).filter((text) => text.startsWith('my name is'));
    expect(texts.toSorted()).toEqual(['my name is Ann', 'my name is Ben']);
    expect(home.processes()).toEqual([]);
  });
});
