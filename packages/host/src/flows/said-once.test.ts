import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  anEngine,
  type EngineUnderTest,
  type FakeRun,
  type RunScript,
  repeatingScript,
  until,
} from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';

let under: EngineUnderTest;
afterEach(() => under.end());

/** Asks for a text like the send_message tool, without waiting for the host's answer (as v1's tool does). */
function ask(run: FakeRun, text: string, name: string, chatJid = run.input.chatJid): void {
  const document = JSON.stringify({ type: 'message', chatJid, text, id: `r-${name}` });
  writeFileSync(join(run.mailbox, 'messages', `.${name}`), document);
  renameSync(join(run.mailbox, 'messages', `.${name}`), join(run.mailbox, 'messages', `${name}.json`));
}

async function advanceUntil(what: string, look: () => boolean): Promise<void> {
  await until(what, async () => {
    await under.clock.advance(2_000);
    return look();
  });
}

/** Says the texts with the tool, waits until the chat has them, and dies. */
const dyingAfter =
  (...texts: string[]): RunScript =>
  async (run) => {
    for (const [index, text] of texts.entries()) ask(run, text, `a${index}`);
    await until('the texts are stored', () => under.stores.outbox.counts()['sent'] === texts.length);
    return { kind: 'exited', code: 1 };
  };

/** Says the texts with the tool and then the answer. */
const saying =
  (answer: string, ...texts: string[]): RunScript =>
  async (run) => {
    for (const [index, text] of texts.entries()) ask(run, text, `b${index}`);
    run.answer(answer, 0);
    await run.next();
  };

describe('a turn that is run again', () => {
  test('does not repeat in the chat what its earlier attempt has said', async () => {
    under = anEngine({
      scriptOf: (run) => (run === 0 ? dyingAfter('working', 'half') : saying('done', 'working', 'half', 'more')),
    });
    under.say('go');
    await advanceUntil('it is answered', () => under.texts().includes('done'));

    expect(under.texts()).toEqual(['working', 'half', 'more', 'done']);
  });

  test('does not repeat it either when the clock was set back meanwhile', async () => {
    const settingBack: RunScript = (run) => {
      under.clock.setBack(86_400_000);
      return dyingAfter('working')(run);
    };
    under = anEngine({ scriptOf: (run) => (run === 0 ? settingBack : saying('done', 'working')) });
    under.say('go');
    await advanceUntil('it is answered', () => under.texts().includes('done'));

    expect(under.texts()).toEqual(['working', 'done']);
  });

  test('says a text as often as it says it, less what was said before', async () => {
    under = anEngine({ scriptOf: (run) => (run === 0 ? dyingAfter('tick') : saying('done', 'tick', 'tick')) });
    under.say('go');
    await advanceUntil('it is answered', () => under.texts().includes('done'));

    expect(under.texts()).toEqual(['tick', 'tick', 'done']);
  });

  test('tells the agent what the chat has been told', async () => {
    under = anEngine({ scriptOf: (run) => (run === 0 ? dyingAfter('a <b>') : saying('done')) });
    under.say('go');
    await advanceUntil('it is answered', () => under.texts().includes('done'));

    expect(under.driver.runs[0]!.input.prompt).not.toContain('<earlier_attempt>');
    expect(under.driver.runs[1]!.input.prompt).toContain('<said>a &lt;b&gt;</said>');
  });

  test('is reminded after a crash of the host as well', async () => {
    under = anEngine({ scriptOf: () => dyingAfter('working') });
    under.say('go');
    await advanceUntil('the text is there', () => under.texts().length === 1);
    await under.crash();
    under = anEngine({ scriptOf: () => saying('done', 'working'), home: under.home });
    await advanceUntil('it is answered', () => under.texts().includes('done'));

    expect(under.texts()).toEqual(['working', 'done']);
  });

  test('does not take the answer to another question as its own, though it was open when that was given', async () => {
    const dying: RunScript = async (run) => {
      const input = await run.next();
      run.answer('fine', 0);
      await until('the first answer is there', () => under.texts().length === 1);
      return input.kind === 'document' ? { kind: 'exited', code: 1 } : undefined;
    };
    under = anEngine({ scriptOf: (run) => (run === 0 ? dying : saying('fine')) });
    under.say('one');
    await until('a sandbox works', () => under.driver.runs.length === 1);
    under.say('two');
    await advanceUntil('both are answered', () => under.texts().length === 2);

    expect(under.texts()).toEqual(['fine', 'fine']);
    expect(under.driver.runs[1]!.input.prompt).not.toContain('<earlier_attempt>');
  });

  test('says in the next turn what it has said in this one', async () => {
    under = anEngine({ scriptOf: () => repeatingScript(() => 'fine') });
    under.say('one');
    await under.waitForTexts(1);
    under.say('two');
    await under.waitForTexts(2);

    expect(under.texts()).toEqual(['fine', 'fine']);
  });
});

test('v1: a final answer overtakes the message sent before it', async () => {
  // The tool of v1 does not wait for the host, so the result can be there before the request was looked at.
  under = anEngine({ scriptOf: () => saying('last', 'first', 'second') });
  under.say('go');
  await under.waitForTexts(3);

  expect(under.texts()).toEqual(['first', 'second', 'last']);
});
