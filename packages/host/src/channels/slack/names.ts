import { createBoundedMap } from '../bounded-map.ts';
import type { SlackClient } from './client.ts';
import { isPrivateChat } from './normalize.ts';

/** Most names that are remembered, of people and of channels each. */
const MAX_NAMES = 2_000;

export type SlackNames = ReturnType<typeof createSlackNames>;

/** The names behind Slack's ids, asked once each; who cannot be found goes by the id. Never rejects. */
export function createSlackNames(client: Pick<SlackClient, 'userName' | 'channelName'>) {
  const users = createBoundedMap<string, string>(MAX_NAMES);
  const channels = createBoundedMap<string, string>(MAX_NAMES);

  async function look(
    known: ReturnType<typeof createBoundedMap<string, string>>,
    id: string,
    ask: (id: string) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const name = known.get(id) ?? (await ask(id).catch(() => undefined));
    if (name !== undefined) known.set(id, name);
    return name;
  }

  return {
    /** Of some people at once. */
    async users(ids: readonly string[]): Promise<(id: string) => string> {
      const found = await Promise.all(
        [...new Set(ids)].map(async (id) => [id, await look(users, id, client.userName)] as const),
      );
      const names = new Map(found);
      return (id) => names.get(id) ?? id;
    },
    async channel(id: string): Promise<string | undefined> {
      return isPrivateChat(id) ? undefined : look(channels, id, client.channelName);
    },
  };
}
