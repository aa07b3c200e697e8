import { expect } from 'vitest';
import type { ChannelCheck } from '../channel-conformance.ts';
import { LONG_TEXT, PNG } from './samples.ts';

/** What the assistant says, and where it is seen. */
export function sendingChecks(check: ChannelCheck): void {
  check('a text goes out once, and is in the history', async ({ scene }) => {
    scene.say('private', 'hello Ann 😀');
    expect(await scene.arrives('hello Ann 😀')).toMatchObject({ place: 'private' });
    await scene.waitFor('it counts as sent', () => scene.unsent('private') === 0);
    expect(scene.times('hello Ann')).toBe(1);
  });

  check('texts of one chat arrive in order', async ({ scene, platform }) => {
    for (const text of ['next-1', 'next-2', 'next-3']) scene.say('group', text);
    await scene.arrives('next-3');
    expect(platform.said().map(({ text }) => /next-\d/.exec(text)?.[0])).toEqual(['next-1', 'next-2', 'next-3']);
  });

  check('an answer goes to the thread in which the question was', async ({ scene, platform }) => {
    await platform.write('thread', 'a question in a thread', { mentions: true });
    const { id, thread } = await scene.hears('thread', 'a question in a thread');
    scene.say('thread', 'an answer in a thread', {
      answers: { messageId: id, ...(thread === undefined ? {} : { thread }) },
    });
    expect(await scene.arrives('an answer in a thread')).toMatchObject({ place: 'thread' });
  });

  check('an answer to a message outside of threads goes to the group', async ({ scene, platform }) => {
    await platform.write('group', 'a question to all', { mentions: true });
    const { id } = await scene.hears('group', 'a question to all');
    scene.say('group', 'an answer to all', { answers: { messageId: id } });
    expect(await scene.arrives('an answer to all')).toMatchObject({ place: 'group' });
  });

  check('a long text arrives whole, in order', async ({ scene, platform }) => {
    scene.say('private', LONG_TEXT);
    await scene.arrives('word7999');
    const words = platform.said().flatMap(({ text }) => text.match(/word\d+/g) ?? []);
    expect(words.join(' ')).toBe(LONG_TEXT);
  });

  check('a file goes out whole', async ({ scene, platform }) => {
    scene.sayFile('private', { name: 'chart.png', mime: 'image/png', content: PNG }, 'the chart');
    await scene.waitFor('the file is there', () => platform.said().some(({ file }) => file !== undefined));
    const file = platform.said().find((said) => said.file !== undefined)?.file;
    expect(file?.content).toEqual(PNG);
    expect(platform.said().some(({ text }) => text.includes('the chart'))).toBe(true);
  });

  check('typing is seen', async ({ scene, platform }) => {
    await platform.write('private', 'are you there?');
    await scene.hears('private', 'are you there?');
    await scene.channel.setTyping(platform.chats.private, true);
    await scene.waitFor('typing is seen', () => platform.hasTyped?.('private') === true);
    await scene.channel.setTyping(platform.chats.private, false);
  });

  check('a reaction is set on its message', async ({ scene, platform }) => {
    const id = await platform.write('private', 'I passed the exam');
    await scene.hears('private', 'I passed the exam');
    await scene.channel.react?.({ chatJid: platform.chats.private, messageId: id, emoji: '👍' });
    await scene.waitFor('it is set', () => platform.reactionsTo?.('private', id).includes('👍') === true);
  });
}
