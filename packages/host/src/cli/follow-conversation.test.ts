import { afterEach, expect, test } from 'vitest';
import { aHome, type CliHome, MAIN, until } from '../../../../test/cli/cli-home.ts';
import { type Group, planGroup } from '../groups/group.ts';
import { systemClock } from '../kernel/clock.ts';
import { createControlClient } from './control-client.ts';
import { type FollowedEvent, followConversation } from './follow-conversation.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

/** A follower of the main chat; `seen()` is what it was given, in short. */
async function follow(afterSeq: number) {
  const host = aHome();
  homes.push(host);
  await host.start();
  const events: FollowedEvent[] = [];
  const stop = new AbortController();
  const client = createControlClient(host.paths.controlSocket);
  const options = { client, jid: MAIN, afterSeq, signal: stop.signal, sleep: systemClock.sleep };
  const done = (async () => {
    for await (const event of followConversation(options)) events.push(event);
  })();
  const seen = (): string[] =>
    events.flatMap((event) => {
      if (event.kind === 'message') return [event.message.text];
      return event.kind === 'lost' || event.kind === 'back' ? [event.kind] : [];
    });
  await until(() => events.length > 0);
  return { host, seen, stop, done };
}

test('a restart of the host is told once, and no message is lost or doubled', async () => {
  const { host, seen, stop, done } = await follow(0);
  host.answer('before');
  await until(() => seen().length === 1);

  await host.stop();
  host.answer('while it was away');
  await until(() => seen().includes('lost'));
  await host.start();
  await until(() => seen().includes('while it was away'));
  host.answer('after');
  await until(() => seen().includes('after'));

  stop.abort();
  await done;
  expect(seen()).toEqual(['before', 'lost', 'back', 'while it was away', 'after']);
});

test('many restarts under a steady flow of messages lose and double nothing', async () => {
  const { host, seen, stop, done } = await follow(0);
  const sent: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (let count = 0; count < 5; count++) {
      sent.push(`${round}-${count}`);
      host.answer(`${round}-${count}`);
      if (count === 2) await host.stop();
    }
    await host.start();
    await until(() => seen().includes(`${round}-4`));
  }
  stop.abort();
  await done;
  expect(seen().filter((text) => text !== 'lost' && text !== 'back')).toEqual(sent);
});

test('a chat that is gone after a restart ends it with the reason', async () => {
  const { host, done } = await follow(0);
  const refused = expect(done).rejects.toMatchObject({ code: 'not-found' });
  await host.stop();
  host.groups.remove(MAIN);
  // Starting registers the built-in chat again unless there is another main.
  host.groups.add({ ...groupNamed('other'), isMain: true });
  await host.start();
  await refused;
});

test('without a host at first there is nothing to follow', async () => {
  const host = aHome();
  homes.push(host);
  const client = createControlClient(host.paths.controlSocket);
  const { signal } = new AbortController();
  const events = followConversation({ client, jid: MAIN, afterSeq: 0, signal, sleep: systemClock.sleep });
  await expect(events.next()).rejects.toMatchObject({ code: 'host-not-running' });
});

function groupNamed(folder: string): Group {
  const wish = { jid: `local:${folder}`, name: folder, folder, requiresTrigger: false };
  return planGroup(wish, { trigger: '@Andy', addedAt: '' });
}
