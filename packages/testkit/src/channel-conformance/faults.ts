import { expect } from 'vitest';
import type { ChannelCheck } from '../channel-conformance.ts';
import { BUSY_SECONDS } from './platform.ts';

/** What goes wrong, and what is promised then. */
export function faultChecks(check: ChannelCheck): void {
  check(
    'a platform that asks for patience gets it, and the text once',
    async ({ scene, platform }) => {
      platform.failNextSend('busy');
      const begun = performance.now();
      scene.say('private', 'no hurry');
      await scene.arrives('no hurry');
      // The only bound that a busy machine cannot break is the lower one.
      expect(performance.now() - begun).toBeGreaterThan(BUSY_SECONDS * 1_000 - 50);
      await scene.waitFor('it counts as sent', () => scene.unsent('private') === 0);
      expect(scene.times('no hurry')).toBe(1);
    },
    { isPatient: true },
  );

  check('a platform that fails is asked again, and what follows waits behind', async ({ scene, platform }) => {
    platform.failNextSend('broken');
    scene.say('private', 'try-1');
    scene.say('private', 'try-2');
    await scene.arrives('try-2');
    expect(platform.said().map(({ text }) => /try-\d/.exec(text)?.[0])).toEqual(['try-1', 'try-2']);
  });

  check('after every connection broke, messages come in again, none twice, none lost', async ({ scene, platform }) => {
    await platform.write('private', 'before it broke');
    await scene.hears('private', 'before it broke');
    await platform.drop();
    await platform.write('private', 'after it broke');
    await scene.hears('private', 'after it broke');
    await platform.drop();
    await platform.write('group', 'after the second time');
    await scene.hears('group', 'after the second time');

    expect(scene.heard('private')).toHaveLength(2);
    await scene.waitFor('the channel is well', () => scene.channel.condition().phase === 'connected');
  });

  check('a text whose sender died before it was sent arrives once', async ({ scene, platform }) => {
    await platform.write('private', 'hello');
    await scene.hears('private', 'hello');
    const { doubt } = scene.channel;
    await scene.leave();
    const id = scene.say('private', 'from a dead host');
    if (doubt !== 'repeatable') scene.beginSend(id);
    scene.comeBack();
    await scene.arrives('from a dead host');
    await scene.waitFor('it counts as sent', () => scene.unsent('private') === 0);
    expect(scene.times('from a dead host')).toBe(1);
  });

  check('a text whose end was not seen is there as often as the channel promises', async ({ scene, platform }) => {
    await platform.write('private', 'hello');
    await scene.hears('private', 'hello');
    platform.failNextSend('unheard');
    scene.say('private', 'did you get this?');
    await scene.arrives('did you get this?');
    const { doubt } = scene.channel;
    await scene.leave();
    scene.comeBack();
    await scene.waitFor('it counts as sent', () => scene.unsent('private') === 0);
    expect(scene.times('did you get this?')).toBeLessThanOrEqual(doubt === 'neither' ? 2 : 1);
  });

  check('credentials that are not taken are told in one sentence without them, and tried again', async (known) => {
    const { scene, platform } = known;
    await scene.leave();
    scene.connectWrongly();
    await scene.waitFor('the channel is down', () => scene.channel.condition().phase === 'down');
    const condition = scene.channel.condition();
    expect(condition).toMatchObject({ phase: 'down', reason: expect.stringMatching(/^[^\n]{10,300}$/) });
    scene.say('private', 'cannot go out');
    const tries = (): number => scene.words().split('channel.down').length - 1;
    await scene.waitFor('it was tried again', () => tries() >= 2);
    for (const secret of platform.secrets) expect(scene.words()).not.toContain(secret);
  });
}
