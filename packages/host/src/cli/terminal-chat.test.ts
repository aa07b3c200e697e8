import { afterEach, expect, test } from 'vitest';
import { aHome, type CliHome, MAIN, until } from '../../../../test/cli/cli-home.ts';
import { startCommand } from '../../../../test/cli/cli-run.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

/** `nanoclaw chat` on a terminal, attached to a running host. */
async function aChat(prepare: (host: CliHome) => void = () => {}, size = { columns: 40, rows: 12 }) {
  const host = aHome();
  homes.push(host);
  await host.start();
  prepare(host);
  const run = startCommand(host, ['chat'], { terminal: size });
  const shows = (text: string) =>
    until(
      () => run.screen.text().includes(text),
      () => `wanted ${text} in:\n${run.screen.text()}`,
    );
  await shows('you>');
  // The stream is open when its first event, the typing state, is shown.
  await host.local.setTyping(MAIN, true);
  await shows('is typing');
  await host.local.setTyping(MAIN, false);
  await until(() => !run.screen.text().includes('is typing'));
  return { host, run, shows, leave: () => leave(run) };
}

async function leave(run: ReturnType<typeof startCommand>): Promise<string> {
  run.type('\u0004');
  expect(await run.code).toBe(0);
  return run.screen.text();
}

/** How often the screen shows a text. */
const count = (screen: string, text: string): number => screen.split(text).length - 1;

test('the conversation so far is shown, but not all of a long one', async () => {
  const { shows, leave } = await aChat((host) => {
    for (let number = 1; number <= 30; number++) host.answer(`answer ${number}.`);
  });
  await shows('Andy: answer 30.');
  expect(count(await leave(), 'Andy: answer')).toBe(10);
});

test('what is typed is sent and shown once, and the answer follows it', async () => {
  const { host, run, shows, leave } = await aChat();
  host.onMessage(async (text) => {
    host.answer(`about ${text}`);
    await host.rest();
  });

  run.type('one\r');
  await shows('Andy: about one');
  run.type('two 日本\r');
  await shows('Andy: about two 日本');

  const lines = (await leave()).split('\n').slice(-4);
  expect(lines).toEqual(['you> one', 'Andy: about one', 'you> two 日本', 'Andy: about two 日本']);
});

test('what other faces of the chat send is shown, too', async () => {
  const { host, shows, leave } = await aChat();
  host.local.say(MAIN, 'from the page');
  await shows('you> from the page');
  await leave();
});

test('typing and the growing answer are shown in place and give way to the answer; the line being typed stays', async () => {
  const { host, run, shows, leave } = await aChat();
  run.type('half a th');
  await shows('you> half a th');

  await host.local.setTyping(MAIN, true);
  await shows('Andy is typing');
  for (const text of ['Wri', 'Writing 日本語', `Writing 日本語 ${'and more '.repeat(8)}`]) {
    host.local.showPartial?.(MAIN, text);
    await shows(text.slice(0, 12));
  }
  expect(count(run.screen.text(), 'Writing')).toBe(1);
  host.answer('Written.');
  await host.rest();
  await shows('Andy: Written.');
  await until(() => !run.screen.text().includes('typing'));

  run.type('ought');
  await shows('you> half a thought');
  expect(count(run.screen.text(), 'Writing')).toBe(0);
  expect(run.screen.lines().at(-2)).toBe('Andy: Written.');
  expect(await leaveAfterClearing(run, leave)).toContain('Andy: Written.');
});

async function leaveAfterClearing(
  run: ReturnType<typeof startCommand>,
  leaveChat: () => Promise<string>,
): Promise<string> {
  run.type('\u0015');
  return leaveChat();
}

test('pasted lines are one message', async () => {
  const { host, run, shows, leave } = await aChat();
  run.type('\u001b[200~one\rtwo\u001b[201~\r');
  await shows('two');
  await until(() => host.messages.newestSeq() === 1);
  await leave();
  expect(host.messages.before(MAIN, 100, 10).map(({ content }) => content)).toEqual(['one\ntwo']);
});

test('a restart of the host is said once, and nothing is lost or doubled on either side', async () => {
  const { host, run, shows, leave } = await aChat();
  run.type('before\r');
  await until(() => host.messages.newestSeq() === 1);

  await host.stop();
  await shows('(the host is gone');
  host.answer('from the past');
  run.type('typed while away\r');
  await shows('waiting for the host');
  await host.start();
  await shows('Andy: from the past');
  await until(() => host.messages.newestSeq() === 3);
  host.answer('after');
  await shows('Andy: after');

  const screen = await leave();
  const texts = ['you> before', '(the host is gone', 'Andy: from the past', 'you> typed while away', 'Andy: after'];
  for (const text of texts) expect([text, count(screen, text)]).toEqual([text, 1]);
  const stored = host.messages.before(MAIN, 100, 10).map(({ content }) => content);
  expect(stored.toSorted()).toEqual(['after', 'before', 'from the past', 'typed while away']);
});

test('a message that the host refuses is said, and the chat goes on', async () => {
  const { host, run, shows, leave } = await aChat();
  host.groups.remove(MAIN);
  run.type('hi\r');
  await shows('(not sent: ');
  await leave();
});

test('escape sequences of the assistant never reach the terminal', async () => {
  const { host, run, shows, leave } = await aChat((prepared) => prepared.answer('old \u001b[31m\u0007'));
  host.local.showPartial?.(MAIN, 'part \u001b]0;title\u0007');
  await shows('part ␛]0;title␇');
  host.answer('new \u001b[2J\u009b1A\u001bc');
  await shows('new ␛[2J');
  await leave();
  expect(run.screen.foreign).toEqual([]);
  expect(run.stdout()).not.toContain('\u001b[31m');
});

test('what was typed just before leaving still arrives', async () => {
  const { host, run } = await aChat();
  run.type('last words\r/quit\r');
  expect(await run.code).toBe(0);
  expect(host.messages.before(MAIN, 100, 10).map(({ content }) => content)).toEqual(['last words']);
});

test.each([
  ['/quit', (run: ReturnType<typeof startCommand>) => run.type('/quit\r')],
  ['^C', (run: ReturnType<typeof startCommand>) => run.type('\u0003')],
  ['a signal', (run: ReturnType<typeof startCommand>) => run.signal()],
])('%s leaves, gives the terminal back, and leaves the host running', async (_, quit) => {
  const { host, run } = await aChat();
  quit(run);
  expect(await run.code).toBe(0);
  expect(run.hostEvents).toEqual(['raw true', 'raw false']);
  expect(run.stdout().endsWith('\u001b[?2004l')).toBe(true);
  expect(run.screen.lines().at(-1)).toBe('');
  expect(host.isRunning()).toBe(true);
});

test('without a host a chat has its own, which ends with it', async () => {
  const host = aHome();
  homes.push(host);
  const run = startCommand(host, ['chat'], { terminal: { columns: 80, rows: 24 } });
  await until(() => run.screen.text().includes('you>'));
  run.type('/quit\r');
  expect(await run.code).toBe(0);
  expect(run.hostEvents).toEqual(['start, log to file', 'raw true', 'raw false', 'drain']);
});
