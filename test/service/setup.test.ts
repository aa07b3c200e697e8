import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { startTelegramServer, type TelegramServer, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engines } from '../e2e/engines.ts';
import { aServiceHome, type ServiceHome } from './service-home.ts';

const unavailable = (await engines()).find(({ sandbox }) => sandbox === 'bubblewrap')?.unavailable;

const LIMIT_MS = 120_000;
const OWNER = 77;
const WRONG_TOKEN = '999999:a-token-that-nobody-has-given';
const CODE = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/;
const DOWN = '\u001b[B';

let home: ServiceHome;
let telegram: TelegramServer;
beforeEach(async () => {
  home = aServiceHome();
  telegram = await startTelegramServer();
});
afterEach(async () => {
  await home.remove();
  await telegram.close();
});

const env = () => readFileSync(join(home.path, '.env'), 'utf8');
const lines = (stdout: string) =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, string>);

/** A setup on a terminal, with its words as a person reads them. */
function onTerminal(given: Record<string, string>, ...args: string[]) {
  const { heard, code, type } = home.terminal(given, ...args);
  const text = (): string => stripVTControlCharacters(heard.stdout);
  let seen = 0;
  return {
    code,
    type,
    text,
    /** Waits for words that were not there before. */
    async shows(words: string | RegExp): Promise<string> {
      const found = await until(
        `the terminal shows ${String(words)}; it shows ${text().slice(-2_000)}`,
        () => {
          const rest = text().slice(seen);
          const at = rest.search(words instanceof RegExp ? words : escaped(words));
          return at < 0 ? false : { at, word: rest.slice(at).match(words)?.[0] ?? '' };
        },
        LIMIT_MS,
      );
      seen += found.at + found.word.length;
      return found.word;
    },
  };
}

function escaped(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

describe.skipIf(unavailable !== undefined)('setup', () => {
  test('asks on a terminal until everything works, and ends with a round trip', async () => {
    const { shows, type, code, text } = onTerminal({ TELEGRAM_API_ROOT: telegram.root }, 'setup');

    await shows(/attempts to get out failed/);
    await shows('What does the assistant think with?');
    type(`${DOWN}${DOWN}${DOWN}\r`);
    await shows('the practice model, until');
    await shows('What is the assistant called?');
    type('\r');
    await shows('Time zone: UTC');
    await shows('In which app do you want to talk');
    type('\r');
    await shows('Token of the bot');
    type(`${WRONG_TOKEN}\r`);
    await shows('Address of a Bot API server');
    type('\r');
    await shows('Try again');
    expect(env()).not.toContain('TELEGRAM');
    await shows('Token of the bot');
    type(`${telegram.token}\r`);
    await shows('Address of a Bot API server');
    type('\r');
    await shows('@andy_bot');
    telegram.write(OWNER, await shows(CODE));
    await shows('Now ask it something there');
    telegram.write(OWNER, 'run `echo $((40 + 2))-apples`');
    await shows('its answer went out');
    await shows('A folder of this machine');
    type('\r');
    await shows('agents see no folder');
    await shows('Keep it running in the background');
    type('n');
    await shows('Service: not now');

    expect(await code).toBe(0);
    expect(telegram.sent.map((sent) => sent.text).join('\n')).toContain('42-apples');
    expect(env()).toContain(`TELEGRAM_BOT_TOKEN=${telegram.token}\n`);
    expect(env()).toContain('SANDBOX=bubblewrap\nTZ=UTC\n');
    expect(statSync(join(home.path, '.env')).mode & 0o777).toBe(0o600);
    for (const token of [WRONG_TOKEN, telegram.token]) expect(text()).not.toContain(token);

    const again = await home.run(
      'setup',
      '--yes',
      '--json',
      '--skip',
      'service',
      '--skip',
      'model',
      '--skip',
      'sandbox',
    );
    expect(again).toMatchObject({ code: 0 });
    const ends = Object.fromEntries(lines(again.stdout).map(({ step, end }) => [step, end]));
    expect(ends).toMatchObject({ sandbox: 'skipped', name: 'kept', channel: 'kept', main: 'kept', mounts: 'kept' });
  });

  test('for a script takes values from a file, tells what it waits for, and leaves a service', async () => {
    const answers = join(home.directory, 'answers');
    writeFileSync(
      answers,
      `TELEGRAM_BOT_TOKEN=${telegram.token}\nTELEGRAM_API_ROOT=${telegram.root}\nASSISTANT_NAME=Eve\n`,
    );
    const args = [
      'setup',
      '--yes',
      '--json',
      '--from',
      answers,
      '--channel',
      'telegram',
      '--manager',
      'plain',
      '--skip',
      'sandbox',
    ];

    const { heard, code } = home.start({}, ...args);
    const waitsFor = (what: string) =>
      until(
        `it waits for the ${what}`,
        () => lines(heard.stdout).find((line) => line['waitingFor'] === what),
        LIMIT_MS,
      );
    telegram.write(OWNER, (await waitsFor('code'))['code']!);
    await waitsFor('message');
    telegram.write(OWNER, 'my name is Ann');

    expect(await code, heard.stderr).toBe(0);
    const ends = lines(heard.stdout).flatMap(({ step, end }) => (step === undefined ? [] : [[step, end]]));
    expect(Object.fromEntries(ends)).toEqual({
      sandbox: 'skipped',
      model: 'done',
      name: 'done',
      timezone: 'kept',
      channel: 'done',
      main: 'done',
      mounts: 'done',
      service: 'done',
    });
    expect(`${heard.stdout}${heard.stderr}`).not.toContain(telegram.token);
    expect(await home.run('service', 'status', '--manager', 'plain')).toMatchObject({ code: 0 });
    const status = JSON.parse((await home.run('status', '--json')).stdout) as { channels: object[] };
    expect(status.channels).toContainEqual(expect.objectContaining({ name: 'telegram', isConnected: true }));
  });

  test('for a script ends with the first thing that is not taken, and keeps what was done before', async () => {
    const answers = join(home.directory, 'answers');
    writeFileSync(
      answers,
      `TELEGRAM_BOT_TOKEN=${WRONG_TOKEN}\nTELEGRAM_API_ROOT=${telegram.root}\nASSISTANT_NAME=Eve\n`,
    );

    const args = ['--yes', '--json', '--from', answers, '--channel', 'telegram', '--skip', 'sandbox'];
    const ended = await home.run('setup', ...args);

    expect(ended.code).toBe(1);
    expect(lines(ended.stdout).at(-1)).toMatchObject({ step: 'channel', end: 'failed' });
    expect(env()).toContain('ASSISTANT_NAME=Eve');
    expect(env()).not.toContain('TELEGRAM');
    expect(`${ended.stdout}${ended.stderr}`).not.toContain(WRONG_TOKEN);
  });
});

describe('setup that is left or wrong', () => {
  test('^C at a question leaves what was done, and nothing half', async () => {
    const first = onTerminal({}, 'setup', 'name');
    await first.shows('What is the assistant called?');
    first.type('\u0015Eve\r');
    expect(await first.code).toBe(0);
    const before = env();

    const { shows, type, code } = onTerminal({}, 'setup', 'model');
    await shows('What does the assistant think with?');
    type('\r');
    await shows('a key of the Anthropic API: console');
    type('sk-ant-half-typed\u0003');

    expect(await code).toBe(130);
    expect(before).toContain('ASSISTANT_NAME=Eve');
    expect(env()).toBe(before);
    expect(existsSync(join(home.path, 'data', 'nanoclaw.lock'))).toBe(false);
  });

  test.each([
    [['setup', 'nothing'], 'there is nothing called nothing to set up'],
    [['setup', '--skip', 'nothing', '--yes'], 'there is no step nothing'],
    [['setup', '--channel', 'nothing', '--yes'], 'there is no chat app nothing'],
    [['setup'], 'there is no terminal to ask on'],
    [['setup', '--json'], '--json and --from go with --yes'],
    [['setup', 'name', '--yes', '--from', '/no/such/file'], 'cannot read /no/such/file'],
  ])('%j is wrong usage', async (args, words) => {
    expect(await home.run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  });
});
