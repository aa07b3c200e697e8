import { questionText } from '@nanoclaw/host/flows/questions.js';
import { expect } from 'vitest';
import type { ChannelCheck } from '../channel-conformance.ts';
import { PNG } from './samples.ts';

/** What people write, and what the host knows of it. */
export function receivingChecks(check: ChannelCheck): void {
  check('a text comes in with who wrote it', async ({ scene, platform }) => {
    const id = await platform.write('private', 'good morning 😀 <b>&');
    const message = await scene.hears('private', 'good morning 😀 <b>&');

    expect(message).toMatchObject({ id, chatJid: platform.chats.private, isFromMe: false });
    expect(message.senderName).toContain('Ann');
    expect(message.sender).not.toBe('');
    expect(Number.isNaN(Date.parse(message.timestamp))).toBe(false);
  });

  check('messages are stored in the order in which they were written, each once', async ({ scene, platform }) => {
    for (const text of ['first-1', 'first-2', 'first-3']) await platform.write('private', text);
    await scene.hears('private', 'first-3');

    expect(scene.heard('private')).toHaveLength(3);
    expect(scene.heard('private').map(({ content }) => /first-\d/.exec(content)?.[0])).toEqual([
      'first-1',
      'first-2',
      'first-3',
    ]);
  });

  check(
    'where the assistant is named in a group, the trigger of the group stands in front',
    async ({ scene, platform }) => {
      await platform.write('group', 'what is for lunch?', { mentions: true });
      expect((await scene.hears('group', 'what is for lunch?')).content).toMatch(/^@Robo\s/);
    },
  );

  check('where it is not named, no trigger is put in front', async ({ scene, platform }) => {
    await platform.write('group', 'we talk among ourselves');
    expect((await scene.hears('group', 'we talk among ourselves')).content).not.toMatch(/^@Robo/);
  });

  check('a reply tells what it replies to', async ({ scene, platform }) => {
    const id = await platform.write('group', 'the soup is cold');
    await scene.hears('group', 'the soup is cold');
    await platform.write('group', 'mine is not', { replyTo: id });

    expect((await scene.hears('group', 'mine is not')).replyTo).toMatchObject({ id });
  });

  check('a file comes in whole, in the folder of its group', async ({ scene, platform }) => {
    const file = { name: 'cat.png', mime: 'image/png', content: PNG };
    await platform.write('private', 'look at this', { file });
    const message = await scene.hears('private', 'look at this');

    expect(message.attachments).toHaveLength(1);
    expect(message.attachments?.[0]?.type).toBe('image');
    expect(scene.keptFile(message)).toEqual(PNG);
  });

  check('what the assistant has said itself is no message', async ({ scene, platform }) => {
    await platform.write('private', 'my own words', { by: 'assistant' });
    await platform.write('private', 'what follows');
    await scene.hears('private', 'what follows');
    expect(scene.heard('private').map(({ content }) => content)).not.toContain('my own words');
  });

  check('what other bots say in a group is no message', async ({ scene, platform }) => {
    await platform.write('group', 'words of a machine', { by: 'bot' });
    await platform.write('group', 'what follows');
    await scene.hears('group', 'what follows');
    expect(scene.heard('group').filter(({ content }) => content.includes('words of a machine'))).toEqual([]);
  });

  check('a button that is pressed is a message of who has pressed it', async ({ scene, platform }) => {
    const question = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'] };
    scene.say('group', questionText(question), { payload: { kind: 'question', ...question } });
    const said = await scene.arrives('Tea or coffee?');
    expect(said.options).toEqual(question.options);
    await platform.press?.('Coffee');
    const message = await scene.hears('group', 'Coffee');

    expect(message.content).toBe('Coffee');
    expect(message.senderName).toContain('Ann');
    await platform.press?.('Tea');
    expect((await scene.hears('group', 'Tea')).id).not.toBe(message.id);
  });

  check('without buttons the choices are numbered in the text', async ({ scene }) => {
    const question = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'] };
    scene.say('private', questionText(question), { payload: { kind: 'question', ...question } });
    const said = await scene.arrives('Tea or coffee?');
    expect(said.options ?? []).toEqual([]);
    expect(said.text).toContain('2. Coffee');
  });
}
