import { anEngine, type EngineUnderTest, insertTask, type RunScript, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armFailpoint } from '../kernel/failpoints.ts';
import { HOST_COMMANDS } from '../messages/host-command.ts';
import type { ChatJid } from '../messages/message.ts';
import { STRANGER_PAUSE_MS } from './host-commands.ts';

let under: EngineUnderTest;
let script: RunScript;
const answering = repeatingScript((prompt) => `saw ${prompt.match(/word\d/g)?.join(' ')}`);
const mute: RunScript = async (run) => {
  await until('it is ended', () => run.isStopped());
  return { kind: 'killed', signal: 'SIGKILL' };
};

beforeEach(() => {
  script = answering;
  under = anEngine({ scriptOf: () => (run) => script(run), settings: { MODEL: 'model-a' } });
});
afterEach(() => under.end());

let count = 0;
function hear(
  content: string,
  { chat = 'local:main', sender = 'ann', id = `m${count++}`, isFromMe = false } = {},
): void {
  const chatJid = chat as ChatJid;
  const timestamp = new Date(under.clock.now()).toISOString();
  const message = { id, chatJid, sender, senderName: sender, content, timestamp, isFromMe };
  under.engine.inbox.receive({ jid: chatJid, channel: 'local', isGroup: true }, message);
}

/** Gives a command in main; the answer to it. */
async function command(text: string): Promise<string | undefined> {
  const before = under.texts().length;
  under.say(text);
  return (await under.waitForTexts(before + 1))[before];
}
const runs = (): number => under.driver.runs.length;

test('a command is answered by the host and never shown to an agent', async () => {
  expect(await command('/ping')).toBe('Andy is here.');
  expect(await command('/chatid')).toBe('local:main');
  expect(await command('/help')).toContain(`/stop: ${HOST_COMMANDS.stop}`);
  await under.clock.advance(60_000);
  expect(runs()).toBe(0);

  under.say('word1');
  await under.waitForTexts(4);
  expect(under.driver.runs[0]?.input.prompt).not.toContain('/ping');
});

test('a command that is delivered again, or whose host dies right after it, is carried out once', async () => {
  hear('/ping', { id: 'p1' });
  hear('/ping', { id: 'p1' });
  await under.waitForTexts(1);
  const disarm = armFailpoint('command-stored', () => {
    throw new Error('the host dies');
  });
  expect(() => hear('/chatid', { id: 'p2' })).toThrow('dies');
  disarm();
  const { home } = under;
  await under.crash();
  under = anEngine({ home, scriptOf: () => answering });
  hear('/chatid', { id: 'p2' });

  expect(await under.waitForTexts(2)).toEqual(['Andy is here.', 'local:main']);
  await under.clock.advance(60_000);
  expect(under.texts()).toHaveLength(2);
});

describe('who may', () => {
  test('in another chat the owner alone, others get a refusal', async () => {
    const friends = under.register('friends');
    hear('/status', { chat: friends, sender: 'bob' });
    hear('/status', { chat: friends, sender: 'me', isFromMe: true });

    const [refusal, status] = await under.waitForTexts(2, friends);
    expect(refusal).toMatch(/^Only my owner/);
    expect(status).toMatch(/nothing to do in this chat/);
  });

  test('ask for the id of a chat: everybody, also where nobody is registered, once a minute', async () => {
    const chat = 'local:stranger';
    for (let time = 0; time < 5; time++) hear('/chatid', { chat });
    hear('/status', { chat });
    expect(await under.waitForTexts(1, chat)).toEqual([chat]);
    await under.clock.advance(STRANGER_PAUSE_MS);
    hear('/ping', { chat });

    expect(await under.waitForTexts(2, chat)).toEqual([chat, 'Andy is here.']);
  });
});

describe('/stop', () => {
  test('ends the turn at hand; its messages stay as context and the next one is answered', async () => {
    script = mute;
    under.say('word1');
    await until('it works', () => under.driver.live() === 1);
    script = answering;
    expect(await command('/stop')).toBe('I stopped.');
    await until('the sandbox is gone', () => under.driver.live() === 0);
    await under.clock.advance(600_000);
    expect(under.texts()).toEqual(['I stopped.']);
    expect(under.stores.turns.counts()).toEqual({ failed: 1 });

    under.say('word2');
    expect((await under.waitForTexts(2))[1]).toBe('saw word2');
  });

  test('is not forgotten by a host that dies right after it', async () => {
    script = mute;
    under.say('word1');
    await until('it works', () => under.driver.live() === 1);
    await command('/stop');
    const { home } = under;
    await under.crash();
    under = anEngine({ home, scriptOf: () => answering });
    await under.clock.advance(60_000);

    expect(under.texts()).toEqual(['I stopped.']);
  });

  test('ends the run of a task, which is not begun again', async () => {
    script = mute;
    under.addTask({ prompt: 'brief me' });
    await until('it works', () => under.driver.live() === 1);
    expect(await command('/stop')).toBe('I stopped.');
    await under.clock.advance(600_000);

    expect(runs()).toBe(1);
    expect(under.stores.tasks.counts(under.clock.now())).toMatchObject({ due: 0, running: 0 });
  });

  test('with nothing to stop says so', async () => {
    expect(await command('/stop')).toBe('There is nothing to stop.');
  });
});

describe('/clear', () => {
  test('begins a new session', async () => {
    under.say('word1');
    await under.waitForTexts(1);
    expect(under.stores.groups.sessionOf('main')).toBe('session-main');
    expect(await command('/clear')).toMatch(/^A new conversation/);
    await until('the old sandbox is gone', () => under.driver.live() === 0);
    under.say('word2');
    await under.waitForTexts(3);

    expect(under.driver.runs.map(({ input }) => input.sessionId)).toEqual([undefined, undefined]);
  });

  test('waits for the work at hand', async () => {
    script = mute;
    under.say('word1');
    await until('it works', () => under.driver.live() === 1);

    expect(await command('/clear')).toMatch(/^I am working/);
  });
});

test('/compact has the agent sum up the session, before the next message', async () => {
  expect(await command('/compact')).toMatch(/^There is no conversation/);
  under.say('word1');
  await under.waitForTexts(2);
  expect(await command('/compact')).toMatch(/^I sum up/);
  await until('the summary is asked for', async () => {
    await under.clock.advance(1_000);
    return under.driver.runs.some(({ input }) => input.prompt === '/compact');
  });

  const { input } = under.driver.runs.at(-1)!;
  expect(input.sessionId).toBe('session-main');
  expect(input.isScheduledTask).toBeUndefined();
});

describe('/model', () => {
  test('changes the model of the chat from its next message on', async () => {
    under.say('word1');
    await under.waitForTexts(1);
    expect(await command('/model')).toContain('model-a');
    expect(await command('/model model-b')).toContain('model-b');
    under.say('word2');
    await under.waitForTexts(4);
    expect(await command('/model default')).toContain('model-a');
    under.say('word3');
    await under.waitForTexts(6);

    expect(under.driver.runs.map(({ input }) => input.model)).toEqual(['model-a', 'model-b', 'model-a']);
  });

  test('refuses what is no name', async () => {
    expect(await command('/model two words')).toBe('That is no name of a model.');
  });
});

test('/tasks lists what is scheduled, in main with the chat of each', async () => {
  expect(await command('/tasks')).toBe('No tasks are scheduled.');
  under.register('friends');
  const nextRun = '2026-02-01T09:00:00.000Z';
  insertTask(under.stores.database, { prompt: 'brief me', type: 'cron', value: '0 9 * * *', nextRun });
  insertTask(under.stores.database, { folder: 'friends', prompt: 'greet', type: 'interval', value: '60000', nextRun });

  const lines = (await command('/tasks'))?.split('\n');
  expect(lines?.[0]).toMatch(/^- brief me \(cron 0 9 \* \* \*, next 1 Feb 2026, 09:00\)$/);
  expect(lines?.[1]).toMatch(/^- greet \(interval 60000, next .* in friends\)$/);
});

test('/status tells what is done for the chat', async () => {
  script = mute;
  under.say('word1');
  await until('it works', () => under.driver.live() === 1);

  expect(await command('/status')).toMatch(
    /I am working on your messages\.\nPlaces in use: 1 of 5\.\nModel: model-a\./,
  );
});
