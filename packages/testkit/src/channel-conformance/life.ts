import { expect } from 'vitest';
import type { ChannelCheck } from '../channel-conformance.ts';

/** Coming, going and coming back. */
export function lifeChecks(check: ChannelCheck): void {
  check(
    'what was written while the host was away comes in once',
    async ({ scene, platform }) => {
      // Platforms that learn of a device only when it connects have seen this one before.
      scene.comeBack();
      await platform.write('private', 'while it is there');
      await scene.hears('private', 'while it is there');
      await scene.leave();
      await platform.write('private', 'while it is away');
      scene.comeBack();
      await scene.hears('private', 'while it is away');
      await platform.write('private', 'what follows');
      await scene.hears('private', 'what follows');
      expect(scene.heard('private').map(({ content }) => content.trim())).toHaveLength(3);
    },
    { isAway: true },
  );

  check('the channel knows when it is connected', async ({ scene, platform }) => {
    await scene.waitFor('it is connected', () => scene.channel.condition().phase === 'connected');
    expect(Object.values(platform.chats).every((jid) => scene.channel.owns(jid))).toBe(true);
    expect(scene.channel.owns('local:main' as (typeof platform.chats)['private'])).toBe(false);
  });

  check('it stops, hears nothing more, and leaves nothing open', async ({ scene, platform, heldOpen }) => {
    await platform.write('private', 'before the end');
    await scene.hears('private', 'before the end');
    await scene.leave();
    await platform.write('private', 'after the end');
    await platform.stop();
    await scene.waitFor('nothing is open', () =>
      Object.entries(openNow()).every(([kind, count]) => count <= (heldOpen[kind] ?? 0)),
    );
    expect(scene.heard('private')).toHaveLength(1);
  });
}

/** What keeps this process from ending: sockets and timers, by kind. */
export function openNow(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/TCP|TLS|Timeout/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
