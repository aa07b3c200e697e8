import {
  anEngine,
  canMount,
  type EngineUnderTest,
  mountSmallDisk,
  repeatingScript,
  type SmallDisk,
  until,
} from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatJid } from '../messages/message.ts';

/* What a disk does to a running host: what was acknowledged is answered in the end, what could not be kept is refused. */

const DISK_BYTES = 16 * 2 ** 20;
const CHAT = 'local:main' as ChatJid;

describe.skipIf(!canMount())('a disk', () => {
  let disk: SmallDisk;
  let under: EngineUnderTest;
  beforeEach(() => {
    disk = mountSmallDisk(DISK_BYTES);
    under = anEngine({
      home: disk.directory,
      scriptOf: () => repeatingScript((prompt) => (prompt.match(/word\d+/g) ?? []).join(' ')),
    });
  });
  afterEach(async () => {
    disk.free();
    await under.crash();
    disk.remove();
  });

  let count = 0;
  /** As a channel hands it over: false when the message was not taken, and so will be delivered again. */
  function hear(content: string): boolean {
    const message = { id: `m${count++}`, chatJid: CHAT, sender: 'ann', senderName: 'Ann', content, timestamp: '' };
    try {
      under.engine.inbox.receive({ jid: CHAT, channel: 'local', isGroup: false }, message);
      return true;
    } catch {
      return false;
    }
  }
  const answered = (): string[] =>
    under
      .texts()
      .join(' ')
      .match(/word\d+/g) ?? [];
  const answersTo = (words: readonly string[]): Promise<unknown> =>
    until('all that was taken is answered', async () => {
      await under.clock.advance(5_000);
      return words.every((word) => answered().includes(word));
    });

  test('that gets full makes the host refuse messages, and lose or repeat none that it took', async () => {
    hear('word1');
    await answersTo(['word1']);
    disk.fill(400_000);
    const taken: string[] = [];
    let refused = 0;
    for (let word = 2; refused < 3 && word < 500; word++) {
      if (hear(`word${word} ${'x'.repeat(20_000)}`)) taken.push(`word${word}`);
      else refused++;
      await under.clock.advance(1_000);
    }
    expect(refused).toBe(3);
    await under.clock.advance(60_000);
    disk.free();
    await answersTo(taken);

    expect(hear('word999')).toBe(true);
    await answersTo(['word999']);
    expect(answered().length).toBe(new Set(answered()).size);
    expect(under.stores.database.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('that is read-only keeps the host from starting, with a sentence that says so', async () => {
    await under.crash();
    disk.makeReadOnly(true);
    try {
      expect(() => anEngine({ home: disk.directory, scriptOf: () => repeatingScript(() => '') })).toThrow(/read-only/i);
    } finally {
      disk.makeReadOnly(false);
      under = anEngine({ home: disk.directory, scriptOf: () => repeatingScript(() => '') });
    }
  });

  test('on which the database turns read-only makes the host refuse messages until it can be written again', async () => {
    hear('word1');
    await answersTo(['word1']);
    // What SQLite answers is what a file system answers that the kernel has closed for writing.
    under.stores.database.pragma('query_only = ON');
    expect(hear('word2')).toBe(false);
    await under.clock.advance(60_000);
    under.stores.database.pragma('query_only = OFF');
    expect(hear('word3')).toBe(true);
    await answersTo(['word3']);

    expect(answered()).toEqual(['word1', 'word3']);
  });
});
