import { afterEach, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../test/cli/cli-home.ts';
import { runCommand, startCommand } from '../../../../test/cli/cli-run.ts';
import { NanoError } from '../kernel/errors.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

function home(): CliHome {
  const made = aHome();
  homes.push(made);
  return made;
}

const COMMANDS = ['start', 'chat', 'status', 'groups', 'messages', 'web', 'sandbox'];

test('--help lists every command and --version tells the version, on stdout and with success', async () => {
  const help = await runCommand(home(), ['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const name of COMMANDS) expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect(await runCommand(home(), ['--version'])).toMatchObject({ code: 0, stdout: '2.0.0\n', stderr: '' });
});

test.each([
  ...COMMANDS.map((name) => [name]),
  ...['list', 'show', 'register', 'remove'].map((name) => ['groups', name]),
  ...['build', 'list', 'stop'].map((name) => ['sandbox', name]),
])('%s %s explains itself with --help', async (...words) => {
  const help = await runCommand(home(), [...words.filter((word) => word !== undefined), '--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Usage: nanoclaw /);
});

test.each([
  [['chta'], 'did you mean chat'],
  [['status', '--jsn'], 'did you mean --json'],
  [['groups', 'lst'], 'did you mean list'],
  [['groups', 'show'], "missing required argument 'jid|folder'"],
  [['groups', 'register', '--jid', 'local:x'], "required option '--name <name>' not specified"],
  [['messages', 'local:main', '--limit', '0'], 'whole number from 1 to 1000'],
  [['messages', 'local:main', '--limit', 'many'], 'whole number from 1 to 1000'],
  [['messages', 'a', 'b'], 'too many arguments'],
  [['sandbox', 'build', '--base', 'windows'], 'allowed choices are auto, registry, debian'],
  [['chat', 'x', '--timeout', '0'], 'number of seconds'],
  [['chat', 'x', '--chat', 'tg:1'], 'local chat such as local:main'],
])('wrong usage exits with 2 and a hint on stderr: %j', async (argv, hint) => {
  const result = await runCommand(home(), argv);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr.toLowerCase()).toContain(hint.toLowerCase());
  expect(result.stderr).toMatch(/^nanoclaw: /);
});

test.each([[[]], [['groups']], [['sandbox']]])(
  'a command that is not complete shows its help on stderr: %j',
  async (argv) => {
    const result = await runCommand(home(), argv);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/^Usage: nanoclaw /);
  },
);

test('an expected failure is one sentence with its cause, and exits with 1', async () => {
  const cause = new Error('EROFS');
  const config = (): never => {
    throw new NanoError('home-unusable', 'cannot use /x: it must be writable', { cause });
  };
  expect(await runCommand(home(), ['status'], { deps: { config } })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'nanoclaw: cannot use /x: it must be writable: EROFS\n',
  });
});

test('an unexpected failure also says how to learn more', async () => {
  const config = (): never => {
    throw new TypeError('x is not a function');
  };
  const result = await runCommand(home(), ['status'], { deps: { config } });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/^nanoclaw: x is not a function; LOG_LEVEL=debug/);
});

test('wrong configuration is told with every mistake', async () => {
  const result = await runCommand(home(), ['status'], { environment: { LOG_LEVEL: 'loud', SANDBOX: 'none' } });
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('LOG_LEVEL is "loud"');
  expect(result.stderr).toContain('SANDBOX is "none"');
});

test('a reader of stdout that leaves early ends the command quietly', async () => {
  const run = startCommand(home(), ['--help']);
  run.stdoutStream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));

  expect(await run.code).toBe(0);
  expect(run.stderr()).toBe('');
});
