import { afterEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome, MAIN, until } from '../../../../../test/cli/cli-home.ts';
import { runCommand, startCommand } from '../../../../../test/cli/cli-run.ts';
import { registerGroup } from '../../flows/manage-groups.ts';
import { NanoError } from '../../kernel/errors.ts';
import { asChatJid, type ChatJid } from '../../messages/message.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

/** A running host whose assistant answers with these texts. */
async function aHost(...answers: string[]): Promise<CliHome> {
  const home = aHome();
  homes.push(home);
  home.onMessage(async () => {
    await home.local.setTyping(MAIN, true);
    for (const answer of answers) {
      home.local.showPartial?.(MAIN, answer.slice(0, 3));
      home.answer(answer);
    }
    await home.rest();
  });
  await home.start();
  return home;
}

const textsOf = (home: CliHome): string[] => home.messages.before(MAIN, 1_000, 100).map(({ content }) => content);

describe('a question', () => {
  test('is answered on stdout with every text, and nothing else is printed', async () => {
    const home = await aHost('first', 'second\nline');
    const result = await runCommand(home, ['chat', 'what is up?']);
    expect(result).toMatchObject({ code: 0, stdout: 'first\nsecond\nline\n', stderr: '', hostEvents: [] });
    expect(textsOf(home)[0]).toBe('what is up?');
  });

  test('has its answer as one JSON document with --json', async () => {
    const home = await aHost('first', 'second');
    const { code, stdout } = await runCommand(home, ['chat', '--json', 'hi']);
    expect(code).toBe(0);
    const time = '2026-03-04T12:00:00.000Z';
    expect(JSON.parse(stdout)).toEqual({
      messages: [
        { seq: 2, text: 'first', time },
        { seq: 3, text: 'second', time },
      ],
    });
  });

  test.each([[['chat', '-']], [['chat']]])('comes from stdin: %j', async (argv) => {
    const home = await aHost('ok');
    const result = await runCommand(home, argv, { stdin: 'line one\nzwei: ü\n' });
    expect(result).toMatchObject({ code: 0, stdout: 'ok\n' });
    expect(textsOf(home)[0]).toBe('line one\nzwei: ü');
  });

  test('may be several words, and what looks like an option after --', async () => {
    const home = await aHost('ok');
    await runCommand(home, ['chat', 'two', 'words']);
    await runCommand(home, ['chat', '--', '--json']);
    expect(textsOf(home)).toEqual(['two words', 'ok', '--json', 'ok']);
  });

  test('without a text is wrong usage', async () => {
    const home = await aHost('ok');
    for (const stdin of ['', '  \n']) expect((await runCommand(home, ['chat', '-'], { stdin })).code).toBe(2);
    expect((await runCommand(home, ['chat', ''])).code).toBe(2);
    expect((await runCommand(home, ['chat'], { tty: ['stdin'] })).stderr).toContain('give the question as text');
    expect((await runCommand(home, ['chat', '--json'], { terminal: { columns: 80, rows: 24 } })).code).toBe(2);
    expect(textsOf(home)).toEqual([]);
  });

  test('waits for the end of typing, not for the first text, and an answer to somebody before does not end it', async () => {
    const home = await aHost();
    home.onMessage(() => {});
    const run = startCommand(home, ['chat', 'hi']);
    await until(() => textsOf(home).length === 1);

    await home.local.setTyping(MAIN, true);
    home.answer('to somebody before');
    // The turn before ends here: our message is not handled yet.
    await home.local.setTyping(MAIN, false);
    await home.local.setTyping(MAIN, true);
    home.answer('to us');
    await until(() => run.stdout().includes('to us'));
    home.answer('and more');
    await home.rest();

    expect(await run.code).toBe(0);
    expect(run.stdout()).toBe('to somebody before\nto us\nand more\n');
  });

  test('gets the text that is stored but has not come through the stream when typing ends', async () => {
    const home = await aHost();
    home.onMessage(() => {});
    const run = startCommand(home, ['chat', 'hi'], { tty: ['stderr'] });
    await until(() => textsOf(home).length === 1);
    await home.local.setTyping(MAIN, true);
    await until(() => run.stderr().includes('…'));

    home.storeAnswer('at the last moment');
    await home.rest();

    expect(await run.code).toBe(0);
    expect(run.stdout()).toBe('at the last moment\n');
  });

  test('that the assistant has no words for ends well and says so', async () => {
    const result = await runCommand(await aHost(), ['chat', 'hi']);
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: 'nanoclaw: the assistant had nothing to say\n' });
    expect((await runCommand(await aHost(), ['chat', 'hi', '--json'])).stdout).toBe('{"messages":[]}\n');
  });

  test('that is not answered in time fails with the time', async () => {
    const home = await aHost();
    home.onMessage(() => home.answer('only a part'));
    const result = await runCommand(home, ['chat', 'hi', '--timeout', '0.3']);
    expect(result).toMatchObject({ code: 1, stdout: 'only a part\n' });
    expect(result.stderr).toMatch(/^nanoclaw: no complete answer within 0.3 seconds/);
    const json = await runCommand(home, ['chat', 'hi', '--timeout', '0.1', '--json']);
    expect(json).toMatchObject({ code: 1, stdout: '' });
  });

  test('whose host goes away fails and says so', async () => {
    const home = await aHost();
    home.onMessage(() => home.stop());
    const result = await runCommand(home, ['chat', 'hi']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('the host went away before the answer was complete');
  });

  test('to a chat that answers only to its trigger word is kept, and answered with it', async () => {
    const home = await aHost();
    registerGroup(home.manage, { jid: 'local:team', name: 'Team', folder: 'team', trigger: '@Andy' });
    const team = asChatJid('local:team') as ChatJid;
    home.onMessage(async () => {
      home.answer('yes?', team);
      await home.rest(team);
    });

    const kept = await runCommand(home, ['chat', '--chat', 'local:team', 'just talking']);
    const answered = await runCommand(home, ['chat', '--chat', 'local:team', '@andy: hi']);

    expect(kept.code).toBe(0);
    expect(kept.stderr).toContain('answers only messages that begin with its trigger word');
    expect(answered).toMatchObject({ code: 0, stdout: 'yes?\n', stderr: '' });
  });

  test('to a chat that is not there is refused', async () => {
    const result = await runCommand(await aHost(), ['chat', '--chat', 'local:other', 'hi']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('local:other');
  });

  test('is given up at ^C, with 130', async () => {
    const home = await aHost();
    home.onMessage(() => {});
    const run = startCommand(home, ['chat', 'hi']);
    await until(() => textsOf(home).length === 1);
    run.signal();
    expect(await run.code).toBe(130);
    expect(run.stderr()).toContain('stopped waiting');
  });

  test('shows progress on a terminal only, and removes it', async () => {
    const home = await aHost();
    home.onMessage(() => {});
    const shown = startCommand(home, ['chat', 'hi'], { tty: ['stderr'] });
    await until(() => textsOf(home).length === 1);
    await home.local.setTyping(MAIN, true);
    await until(() => shown.stderr().includes('…'));
    home.local.showPartial?.(MAIN, 'one\nlast \u0007line');
    await until(() => shown.stderr().endsWith('\r\u001b[Klast ␇line'));
    home.answer('answer');
    await home.rest();

    expect(await shown.code).toBe(0);
    expect(shown.stdout()).toBe('answer\n');
    expect(shown.stderr().endsWith('\r\u001b[K')).toBe(true);
  });

  test('has its answer made harmless for a terminal, and untouched for a pipe', async () => {
    const home = await aHost('\u001b[2Jx');
    expect((await runCommand(home, ['chat', 'hi'])).stdout).toBe('\u001b[2Jx\n');
    expect((await runCommand(home, ['chat', 'hi'], { tty: ['stdout'] })).stdout).toBe('␛[2Jx\n');
  });

  test('ends quietly when nobody reads the answer any more', async () => {
    const home = await aHost();
    home.onMessage(() => {});
    const run = startCommand(home, ['chat', 'hi']);
    await until(() => textsOf(home).length === 1);
    run.stdoutStream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await run.code).toBe(0);
    expect(run.stderr()).toBe('');
  });
});

describe('without a host', () => {
  test('a question has its own host, which is drained afterwards', async () => {
    const home = await aHost('ok');
    await home.stop();
    const result = await runCommand(home, ['chat', 'hi']);
    expect(result).toMatchObject({ code: 0, stdout: 'ok\n', hostEvents: ['start, log to file', 'drain'] });
    expect(result.stderr).toContain('no host was running');
    expect(home.isRunning()).toBe(false);
  });

  test('the private host ends also when the question fails, and at once after a second ^C', async () => {
    const home = await aHost();
    await home.stop();
    expect(await runCommand(home, ['chat', 'hi', '--chat', 'local:other'])).toMatchObject({
      code: 1,
      hostEvents: ['start, log to file', 'drain'],
    });
    home.onMessage(() => {});
    const run = startCommand(home, ['chat', 'hi']);
    await until(() => textsOf(home).length === 1);
    run.signal();
    run.signal();
    expect(await run.code).toBe(130);
    expect(run.hostEvents).toEqual(expect.arrayContaining(['drain', 'stop now']));
    expect(home.isRunning()).toBe(false);
  });

  test('a host that cannot start is told in one sentence', async () => {
    const home = await aHost();
    await home.stop();
    const startHost = async (): Promise<never> => {
      throw new NanoError('sandbox-unavailable', 'no sandbox: run apt-get install bubblewrap');
    };
    const result = await runCommand(home, ['chat', 'hi'], { deps: { startHost } });
    expect(result).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'nanoclaw: no sandbox: run apt-get install bubblewrap\n',
    });
  });
});
