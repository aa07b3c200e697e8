import { anEngine, type EngineUnderTest, type RunScript, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';

let under: EngineUnderTest;
const start = (script: RunScript, settings: Record<string, string> = {}): void => {
  under = anEngine({ scriptOf: () => script, settings });
};
afterEach(() => under.end());

const answering = repeatingScript(() => 'fine');
const groups = (): string[] => under.driver.runs.map(({ spec }) => spec.groupFolder);

describe('several groups', () => {
  test('a chat that is not registered any more loses its sandbox, and the others keep theirs', async () => {
    start(answering);
    const [gone, kept] = [under.register('gone'), under.register('kept')];
    for (const chat of [gone, kept]) {
      under.say('hello', chat);
      await under.waitForTexts(1, chat);
    }

    under.stores.groups.remove(gone);
    under.engine.manage.manageGroups.onGroupsChanged();

    await until('one sandbox is left', () => under.driver.live() === 1);
    expect(under.engine.liveAgents.list().map(({ group }) => group.folder)).toEqual(['kept']);
  });

  test('work at the same time in sandboxes of their own', async () => {
    start(answering);
    const chats = ['a', 'b', 'c'].map((name) => under.register(name));

    for (const chat of chats) under.say('hello', chat);
    for (const chat of chats) expect(await under.waitForTexts(1, chat)).toEqual(['fine']);

    expect(groups().sort()).toEqual(['a', 'b', 'c']);
    expect(under.driver.live()).toBe(3);
  });

  test('beyond the cap wait for a place, which the longest resting sandbox gives up', async () => {
    start(answering, { MAX_CONCURRENT_CONTAINERS: '5' });
    const chats = ['a', 'b', 'c', 'd', 'e'].map((name) => under.register(name));
    for (const chat of chats) {
      under.say('hello', chat);
      await under.waitForTexts(1, chat);
    }
    await until('all rest', () => under.engine.liveAgents.list().every(({ phase }) => phase === 'resting'));

    const sixth = under.register('f');
    under.say('hello', sixth);

    expect(await under.waitForTexts(1, sixth)).toEqual(['fine']);
    expect(under.driver.peak()).toBe(5);
    const live = under.engine.liveAgents.list().map(({ group }) => group.folder);
    expect(live.sort()).toEqual(['b', 'c', 'd', 'e', 'f']);
  });

  test('a busy sandbox is not asked to make room: the next group waits until it is done', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    start(
      async (run) => {
        if (run.spec.groupFolder === 'a') await held;
        run.answer(`from ${run.spec.groupFolder}`, 0);
        await run.next();
      },
      { MAX_CONCURRENT_CONTAINERS: '1' },
    );
    const [a, b] = [under.register('a'), under.register('b')];
    under.say('hello', a);
    await until('a works', () => groups().length === 1);
    under.say('hello', b);
    await under.clock.advance(60_000);
    expect(groups()).toEqual(['a']);

    finish();

    expect(await under.waitForTexts(1, b)).toEqual(['from b']);
    expect(under.texts(a)).toEqual(['from a']);
    expect(under.driver.peak()).toBe(1);
  });

  test('one that cannot be looked at keeps no other waiting, and is looked at again', async () => {
    start(answering);
    const [a, b] = [under.register('a', { requiresTrigger: true }), under.register('b')];
    const setContent = under.stores.database.prepare('UPDATE messages SET content = ? WHERE chat_jid = ?');
    under.say('to be damaged', a);
    setContent.run(Buffer.from('no text'), a);
    under.say('hello', b);
    expect(await under.waitForTexts(1, b)).toEqual(['fine']);
    expect(under.log.map(({ event }) => event)).toContain('messages.failed');

    setContent.run('@Andy hello', a);
    await under.clock.advance(20_000);

    expect(await under.waitForTexts(1, a)).toEqual(['fine']);
  });
});

describe('the trigger', () => {
  const prompts = (): string[] => under.driver.runs.map(({ input }) => input.prompt);

  test('wakes a group that needs one, with what was said before as context', async () => {
    start(answering);
    const chat = under.register('friends', { requiresTrigger: true });
    under.say('dinner at eight?', chat);
    under.say('fine with me', chat);
    await under.clock.advance(30_000);
    expect(under.driver.runs).toEqual([]);

    under.say('@andy, book a table', chat);

    expect(await under.waitForTexts(1, chat)).toEqual(['fine']);
    expect(prompts()[0]).toMatch(/dinner at eight[\s\S]*fine with me[\s\S]*book a table/);
  });

  test('is needed for a follow-up too: what comes without it waits as context for the next one', async () => {
    start(answering);
    const chat = under.register('friends', { requiresTrigger: true });
    under.say('@Andy hi', chat);
    await under.waitForTexts(1, chat);
    under.say('he is quick', chat);
    await under.clock.advance(30_000);
    expect(under.texts(chat)).toEqual(['fine']);

    under.say('@Andy and you?', chat);
    await under.waitForTexts(2, chat);

    expect(under.driver.runs).toHaveLength(1);
    expect(under.stores.turns.counts()).toEqual({ done: 2 });
  });

  test('may contain any character', async () => {
    start(answering);
    const chat = under.register('odd', { requiresTrigger: true, trigger: '@my-bot (v2)' });

    under.say('@My-Bot (v2), hello', chat);

    expect(await under.waitForTexts(1, chat)).toEqual(['fine']);
  });

  test('counts although a burst has pushed it out of the newest messages', async () => {
    start(answering, { MAX_MESSAGES_PER_PROMPT: '5' });
    const chat = under.register('friends', { requiresTrigger: true });
    under.engine.queue.shutDown();
    under.say('@Andy help', chat);
    for (let count = 0; count < 300; count++) under.say(`noise ${count}`, chat);
    await under.crash();

    under = anEngine({ scriptOf: () => answering, home: under.home, settings: { MAX_MESSAGES_PER_PROMPT: '5' } });

    expect(await under.waitForTexts(1, chat)).toEqual(['fine']);
    expect(prompts()[0]).toContain('<omitted count="296">');
  });
});

test('a chat that is registered again does not get its old messages answered', async () => {
  start(answering);
  const chat = under.register('club');
  under.say('hello', chat);
  await under.waitForTexts(1, chat);
  under.stores.groups.remove(chat);
  expect(() => under.say('nobody listens', chat)).toThrow('not registered');

  under.register('club');
  await under.clock.advance(60_000);

  expect(under.texts(chat)).toEqual(['fine']);
});
