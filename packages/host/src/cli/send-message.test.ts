import { expect, test } from 'vitest';
import type { SayOutcome } from './control-client.ts';
import { sendMessage } from './send-message.ts';

/** A host whose answers to `say` are given, and whose chat holds the given messages. */
function send(outcomes: SayOutcome[], arrived: { seq: number; content: string; isBotMessage?: boolean }[] = []) {
  const said: string[] = [];
  const stop = new AbortController();
  let looks = 0;
  const client = {
    async say(_jid: string, text: string): Promise<SayOutcome> {
      said.push(text);
      return outcomes.shift() ?? { kind: 'taken', seq: 99 };
    },
    async messages() {
      looks += 1;
      if (looks === 1) throw new Error('the host is not back yet');
      return arrived.map((message) => ({ senderName: 'Owner', timestamp: '', isBotMessage: false, ...message }));
    },
  };
  const sleep = async (): Promise<void> => {};
  const options = { client, jid: 'local:main', text: ' hello ', newestSeq: 5, signal: stop.signal, sleep };
  return { said, stop, result: () => sendMessage(options) };
}

test('what the host takes or refuses is the result', async () => {
  expect(await send([{ kind: 'taken', seq: 6 }]).result()).toEqual({ kind: 'taken', seq: 6 });
  const refused = { kind: 'refused', reason: 'too long' } as const;
  expect(await send([refused]).result()).toEqual(refused);
});

test('a host that is not there is tried again', async () => {
  const { said, result } = send([{ kind: 'unreachable' }, { kind: 'unreachable' }, { kind: 'taken', seq: 6 }]);
  expect(await result()).toEqual({ kind: 'taken', seq: 6 });
  expect(said).toHaveLength(3);
});

test('a message whose fate is unknown is looked for, and not sent again when it arrived', async () => {
  const { said, result } = send([{ kind: 'unknown' }], [{ seq: 6, content: 'hello' }]);
  expect(await result()).toEqual({ kind: 'taken', seq: 6 });
  expect(said).toHaveLength(1);
});

test('a message whose fate is unknown is sent again when only older or the assistant’s words are the same', async () => {
  const others = [
    { seq: 4, content: 'hello' },
    { seq: 7, content: 'hello', isBotMessage: true },
    { seq: 8, content: 'something else' },
  ];
  const { said, result } = send([{ kind: 'unknown' }], others);
  expect(await result()).toEqual({ kind: 'taken', seq: 99 });
  expect(said).toHaveLength(2);
});

test('leaving ends the trying, but what was typed before is tried once', async () => {
  const gone = send([{ kind: 'unreachable' }, { kind: 'unreachable' }]);
  gone.stop.abort();
  expect(await gone.result()).toEqual({ kind: 'given-up' });
  expect(gone.said).toHaveLength(1);
});
