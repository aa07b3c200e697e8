import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { openStore } from '@nanoclaw/host/store/open-store.js';
import { insertTask } from '@nanoclaw/testkit';
import type { Chance } from '../simulation/chance.ts';
import type { CrashPlatform } from './platform.ts';
import type { Asked } from './witness.ts';

/** Those who write in the chats, and what they have asked for. */
export interface People {
  readonly asked: readonly Asked[];
  /** Chats that a `/ping` was written in, one entry a command. */
  readonly pings: readonly number[];
  /** Somebody asks something, or now and then gives the host a command. */
  write(): void;
  /** A task that is due soon. Only while no host lives: hosts alone write the database beside each other. */
  schedule(home: string): void;
}

/** In each chat one question is asked already, as the home of v1 has it: the first of `chats` is main. */
export function createPeople(deps: { platform: CrashPlatform; chats: readonly number[]; chance: Chance }): People {
  const { platform, chats, chance } = deps;
  const asked = chats.map((chatId, index): Asked => ({ token: `q${index + 1}`, chatId, sentBefore: 0 }));
  const pings: number[] = [];

  function expect(kind: 'q' | 'k', chatId: number): string {
    const token = `${kind}${asked.length + 1}`;
    asked.push({ token, chatId, sentBefore: platform.sent.length });
    return token;
  }

  return {
    asked,
    pings,
    write() {
      const chatId = chance.pick(chats);
      if (chance.is(0.1)) {
        pings.push(chatId);
        platform.write(chatId, '/ping');
      } else {
        platform.write(chatId, `${expect('q', chatId)}?`);
      }
    },
    schedule(home) {
      const chatId = chance.pick(chats);
      const folder = chatId === chats[0] ? 'main' : `tg_${chatId}`;
      const nextRun = new Date(Date.now() + chance.between(0, 1_500)).toISOString();
      const contextMode = chance.pick(['group', 'isolated'] as const);
      const database = openStore(homePaths(home).database);
      insertTask(database, { folder, prompt: expect('k', chatId), nextRun, contextMode });
      database.close();
    },
  };
}
