import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, type FakeRun, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_DOCUMENTS_PER_SWEEP } from './mailbox-loop.ts';
import { MAX_TOOL_TEXTS_PER_TURN } from './run-voice.ts';

let under: EngineUnderTest;
let other: string;
let run: FakeRun;

/** A sandbox of the group `friends` that stays and leaves its mailbox to the test. */
beforeEach(async () => {
  under = anEngine({
    scriptOf: () => async (started) => {
      started.answer(null, 0);
      await started.next();
    },
  });
  other = under.register('other');
  await openRun(under.register('friends'));
});
afterEach(() => under.end());

async function openRun(chat: string): Promise<void> {
  under.say('begin', chat);
  run = await until('the sandbox is there', () => under.driver.runs.find(({ input }) => input.chatJid === chat));
}

/** Writes like the runner: a temporary name, then the final one. */
function ask(document: unknown, name = `${Math.random().toString(36).slice(2)}.json`, folder = 'messages'): void {
  const text = typeof document === 'string' || Buffer.isBuffer(document) ? document : JSON.stringify(document);
  writeFileSync(join(run.mailbox, folder, `.${name}`), text);
  renameSync(join(run.mailbox, folder, `.${name}`), join(run.mailbox, folder, name));
}

function answered(id: string): Promise<unknown> {
  const file = join(run.mailbox, 'responses', `${id}.json`);
  return until(`request ${id} is answered`, async () => {
    await under.clock.advance(2_000);
    return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as unknown);
  });
}

const left = (folder = 'messages'): string[] => readdirSync(join(run.mailbox, folder));
const isTaken = (): Promise<unknown> =>
  until('the mailbox is empty', async () => {
    await under.clock.advance(2_000);
    return left().length === 0;
  });

describe('a message from the agent', () => {
  test('to its own chat is sent, without what is internal, and answered', async () => {
    ask({ type: 'message', id: 'r1', chatJid: 'local:friends', text: 'hi<internal>psst</internal>', sender: 'Scout' });

    expect(await answered('r1')).toEqual({ ok: true });
    expect(await under.waitForTexts(1, 'local:friends')).toEqual(['hi']);
    expect(left()).toEqual([]);
  });

  test('to another chat is refused and answered, also when the document names another folder', async () => {
    ask({ type: 'message', id: 'r1', chatJid: other, text: 'hi', groupFolder: 'other' });

    expect(await answered('r1')).toEqual({ ok: false, error: 'this group may only write to its own chat' });
    expect(under.texts(other)).toEqual([]);
  });

  test('from main to another chat is sent', async () => {
    await openRun('local:main');

    ask({ type: 'message', id: 'r1', chatJid: other, text: 'from main' });

    expect(await answered('r1')).toEqual({ ok: true });
    expect(await under.waitForTexts(1, other)).toEqual(['from main']);
  });

  test('from main to a chat that nobody knows is refused', async () => {
    await openRun('local:main');

    ask({ type: 'message', id: 'r1', chatJid: 'tg:404', text: 'hello?' });

    expect(await answered('r1')).toEqual({ ok: false, error: 'chat tg:404 is not known here' });
  });

  test('is refused after so many in one turn', async () => {
    for (let index = 0; index <= MAX_TOOL_TEXTS_PER_TURN; index++) {
      ask(
        { type: 'message', id: `r${index}`, chatJid: 'local:friends', text: `text ${index}` },
        `${1000 + index}.json`,
      );
    }

    expect(await answered(`r${MAX_TOOL_TEXTS_PER_TURN}`)).toMatchObject({
      ok: false,
      error: expect.stringContaining('limit'),
    });
    expect(under.texts('local:friends')).toHaveLength(MAX_TOOL_TEXTS_PER_TURN);
  });

  test('that is internal only is answered and not sent', async () => {
    ask({ type: 'message', id: 'r1', chatJid: 'local:friends', text: '<internal>psst' });

    expect(await answered('r1')).toMatchObject({ ok: true, note: expect.stringContaining('nothing was sent') });
    expect(under.stores.outbox.counts()).toEqual({});
  });

  test('that the database cannot take is answered, not lost in silence', async () => {
    under.stores.database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );

    ask({ type: 'message', id: 'r1', chatJid: 'local:friends', text: 'hi' });

    expect(await answered('r1')).toEqual({ ok: false, error: 'the host could not do it; its log tells why' });
    under.stores.database.exec('DROP TRIGGER full');
  });
});

describe('what is no request', () => {
  test.each([
    ['no JSON', '{"type":'],
    ['no object', '"text"'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['deeply nested', '['.repeat(500_000)],
    ['too large', JSON.stringify({ type: 'message', chatJid: 'local:friends', text: 'x', pad: 'y'.repeat(3_000_000) })],
  ])('%s is taken away and does not disturb the next one', async (_, text) => {
    ask(text, 'a.json');
    ask({ type: 'message', id: 'r1', chatJid: 'local:friends', text: 'still here' }, 'b.json');

    expect(await answered('r1')).toEqual({ ok: true });
    expect(left()).toEqual([]);
    expect(under.stores.quarantine.list(10)).toMatchObject([{ source: 'mailbox', owner: 'friends' }]);
  });

  test('a malformed one with an id is answered under it', async () => {
    ask({ type: 'message', id: 'r1', chatJid: 'local:friends', text: 'x'.repeat(100_001) });
    ask(
      { type: 'schedule_task', id: 'r2', prompt: 'p', schedule_type: 'once', schedule_value: 'v' },
      't.json',
      'tasks',
    );
    ask({ type: 'launch', id: 'r3' });

    expect(await answered('r1')).toMatchObject({ ok: false, error: expect.stringContaining('wrong form') });
    expect(await answered('r2')).toMatchObject({ ok: false, error: expect.stringContaining('a time looks like') });
    expect(await answered('r3')).toMatchObject({ ok: false });
    // What is only refused is understood, and not kept.
    const kept = under.stores.quarantine.list(10).map(({ content }) => /"id":"(r\d)"/.exec(content)?.[1]);
    expect(kept.sort()).toEqual(['r1', 'r3']);
  });

  test('an id that is no file name names no file', async () => {
    ask({ type: 'launch', id: '../../../planted' });
    await isTaken();

    expect(left('responses')).toEqual([]);
    expect(existsSync(join(run.mailbox, '../../planted.json'))).toBe(false);
  });

  test('a planted link, pipe or directory is not followed and does not stop the others', async () => {
    const secret = join(under.home, 'secret.json');
    writeFileSync(secret, JSON.stringify({ type: 'message', id: 'r0', chatJid: 'local:friends', text: 'stolen' }));
    symlinkSync(secret, join(run.mailbox, 'messages', 'link.json'));
    execFileSync('mkfifo', [join(run.mailbox, 'messages', 'pipe.json')]);
    mkdirSync(join(run.mailbox, 'messages', 'directory.json'));
    ask({ type: 'message', id: 'r1', chatJid: 'local:friends', text: 'still here' }, 'z.json');

    expect(await answered('r1')).toEqual({ ok: true });
    expect(left()).toEqual(['directory.json']);
    expect(existsSync(secret)).toBe(true);
    expect(await under.waitForTexts(1, 'local:friends')).toEqual(['still here']);
  });

  test('a folder that was replaced by a link to another mailbox is not read through it', async () => {
    const { mailbox } = run;
    await openRun('local:main');
    const victim = run.mailbox;
    rmSync(join(mailbox, 'messages'), { recursive: true });
    symlinkSync(join(victim, 'messages'), join(mailbox, 'messages'));
    ask({ type: 'message', id: 'r1', chatJid: other, text: 'as main' });

    expect(await answered('r1')).toEqual({ ok: true });
    expect(existsSync(join(mailbox, 'responses', 'r1.json'))).toBe(false);
  });
});

test("more documents than one sweep takes are all taken, and left-over temporary files are in nobody's way", async () => {
  for (let count = 0; count < 200; count++) writeFileSync(join(run.mailbox, 'messages', `.crashed-${count}`), '');
  const total = MAX_DOCUMENTS_PER_SWEEP + 20;
  for (let count = 0; count < total; count++) ask({ type: 'message', chatJid: 'local:friends', text: `text ${count}` });

  expect(
    await until('all are sent', async () => {
      await under.clock.advance(2_000);
      return under.stores.outbox.counts()['sent'] === total;
    }),
  ).toBe(true);
});

test('what was written just before the sandbox ended is still taken', async () => {
  await under.crash();
  under = anEngine({
    scriptOf: () => async (started) => {
      run = started;
      ask({ type: 'message', chatJid: 'local:friends', text: 'last words' });
    },
    home: under.home,
  });
  under.say('begin', 'local:friends');

  expect(await under.waitForTexts(1, 'local:friends')).toEqual(['last words']);
});

test('an agent cannot spoil its group: whatever it did to its mailbox, the next run starts', async () => {
  await under.engine.liveAgents.stopAll();
  await until('it has ended', () => under.driver.live() === 0);
  rmSync(join(run.mailbox, 'messages'), { recursive: true });
  symlinkSync('/nowhere', join(run.mailbox, 'messages'));
  rmSync(join(run.mailbox, 'input'), { recursive: true });
  writeFileSync(join(run.mailbox, 'input'), '');
  mkdirSync(join(run.mailbox, 'responses', '000000001.json'));
  rmSync(join(run.mailbox, 'current_tasks.json'));
  mkdirSync(join(run.mailbox, 'current_tasks.json'));

  under.say('again', 'local:friends');

  await until(
    'it runs again',
    () => under.driver.runs.filter(({ input }) => input.groupFolder === 'friends').length === 2,
  );
  expect(under.log.filter(({ event }) => event === 'run.not-started')).toEqual([]);
});
