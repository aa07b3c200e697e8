import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, type FakeRun, type RunScript, until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { TEAM_LIFE_MS } from './manage-team.ts';
import { TEAM_LOOK_MS } from './team-upkeep.ts';

// The clock stops at everything that sleeps, for hours of it: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 180_000 });

let under: EngineUnderTest;
afterEach(() => under.end());

/** Asks the host like a tool does, and gives its answer. */
async function ask(run: FakeRun, document: object, folder = 'tasks'): Promise<Record<string, unknown>> {
  const id = `r${Math.random().toString(36).slice(2)}`;
  writeFileSync(join(run.mailbox, folder, `.${id}`), JSON.stringify({ id, ...document }));
  renameSync(join(run.mailbox, folder, `.${id}`), join(run.mailbox, folder, `${id}.json`));
  const file = join(run.mailbox, 'responses', `${id}.json`);
  return until('the host answers', async () => {
    await under.clock.advance(2_000);
    return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
  });
}

const start = (name: string, prompt = 'do your part') => ({
  type: 'start_teammate',
  name,
  role: `the ${name}`,
  prompt,
});

/** Answers each prompt with what `reply` makes of it, may ask the host meanwhile, until it is asked to end. */
const answering =
  (reply: (prompt: string, run: FakeRun) => Promise<string | null> | string | null): RunScript =>
  async (run) => {
    run.answer(await reply(run.input.prompt, run), 0, { newSessionId: `session-${run.input.groupFolder}` });
    for (;;) {
      const input = await run.next();
      if (input.kind === 'close') return;
      if (input.document.type === 'message') run.answer(await reply(input.document.text, run), input.number);
    }
  };

const isLead = (run: FakeRun): boolean => run.input.team === undefined;
const advanceUntil = (what: string, isTrue: () => boolean) =>
  until(what, async () => {
    await under.clock.advance(1_000);
    return isTrue();
  });

describe.each([1, 2, 5])('a team of three with %i places', (cap) => {
  test('works on one request: each in its own sandbox, results come back, and nothing is left running', async () => {
    const heard: string[] = [];
    under = anEngine({
      settings: { MAX_CONCURRENT_CONTAINERS: String(cap), IDLE_TIMEOUT: '120000' },
      scriptOf: () => async (run) => {
        const reply = async (prompt: string): Promise<string | null> => {
          if (!isLead(run)) return `${run.input.assistantName} is done`;
          if (prompt.includes('plan my week')) {
            for (const name of ['ann', 'bob', 'eve']) expect(await ask(run, start(name))).toMatchObject({ ok: true });
            return 'I have a team on it';
          }
          heard.push(...[...prompt.matchAll(/>(\w+ is done)</g)].map(([, text = '']) => text));
          return heard.length === 3 ? 'your week is planned' : null;
        };
        await answering(reply)(run);
      },
    });
    under.say('plan my week');
    await advanceUntil('the lead has the end', () => under.texts().includes('your week is planned'));

    expect(heard.sort()).toEqual(['ann is done', 'bob is done', 'eve is done']);
    expect(under.texts().filter((text) => text.endsWith('is done'))).toHaveLength(3);
    expect(under.driver.peak()).toBeLessThanOrEqual(cap);
    const teammates = under.driver.runs.filter((run) => !isLead(run));
    expect(new Set(teammates.map(({ input }) => input.groupFolder)).size).toBe(3);
    expect(teammates[0]?.input).toMatchObject({ isMain: false, team: { role: 'the ann', lead: 'Andy' } });
    // Their own folder, and that of the chat beside it; nothing of main's project.
    const targets = teammates[0]?.spec.mounts.map(({ target, mode }) => `${target} ${mode}`);
    expect(targets).toContain('/workspace/extra/chat read-write');
    expect(targets?.some((target) => target.startsWith('/workspace/project'))).toBe(false);

    await advanceUntil('all sandboxes have ended', () => under.driver.live() === 0);
  });
});

describe('a teammate', () => {
  test('that dies is reported to the chat and to its lead', async () => {
    const prompts: string[] = [];
    under = anEngine({
      scriptOf: () => async (run) => {
        if (!isLead(run)) return { kind: 'exited', code: 1 };
        await answering(async (prompt) => {
          prompts.push(prompt);
          if (prompt.includes('begin')) await ask(run, start('bob'));
          return 'noted';
        })(run);
        return undefined;
      },
    });
    under.say('begin');
    await advanceUntil('the lead knows', () => prompts.some((prompt) => prompt.includes('could not answer')));
    expect(prompts.at(-1)).toContain('sender="bob"');
    expect(under.texts().some((text) => text.includes('my sandbox ended before I was done'))).toBe(true);
  });

  test('is given more work in the same conversation, and is dismissed with its files', async () => {
    let lead: FakeRun | undefined;
    under = anEngine({
      settings: { IDLE_TIMEOUT: '1800000' },
      scriptOf: () => async (run) => {
        if (isLead(run)) lead = run;
        await answering(async (prompt) => {
          if (!isLead(run)) return `heard: ${/>([^<>]+)<\/message>/.exec(prompt)?.[1]}`;
          if (prompt.includes('begin')) await ask(run, start('bob', 'first'));
          return null;
        })(run);
      },
    });
    under.say('begin');
    await advanceUntil('it has answered', () => under.texts().includes('heard: first'));
    await ask(lead!, { type: 'message_teammate', name: 'bob', text: 'second' });
    await advanceUntil('it has answered again', () => under.texts().includes('heard: second'));

    const folder = under.stores.groups.find('team:main/bob')?.folder ?? '';
    writeFileSync(join(under.home, 'groups', folder, 'notes.md'), 'mine');
    expect(await ask(lead!, { type: 'stop_teammate', name: 'bob' })).toMatchObject({ ok: true });
    await until('its sandbox is gone', () => under.driver.live() === 1);
    await under.clock.advance(TEAM_LOOK_MS);
    await until('its folder is gone', () => !readdirSync(join(under.home, 'groups')).includes(folder));
    expect(under.stores.groups.sessionOf(folder)).toBeUndefined();
    expect(under.stores.memory.list(folder)).toEqual([]);
    expect(existsSync(join(under.home, 'groups', 'main'))).toBe(true);
  });

  test('cannot start another, nor speak to another chat', async () => {
    const answers: Record<string, unknown>[] = [];
    under = anEngine({
      scriptOf: () => async (run) => {
        await answering(async (prompt) => {
          if (isLead(run)) {
            if (prompt.includes('begin')) await ask(run, start('bob'));
            return null;
          }
          answers.push(await ask(run, start('eve')));
          answers.push(await ask(run, { type: 'message', chatJid: 'local:main', text: 'psst' }, 'messages'));
          answers.push(await ask(run, { type: 'message', chatJid: run.input.chatJid, text: 'half way' }, 'messages'));
          return 'done';
        })(run);
      },
    });
    under.say('begin');
    await advanceUntil('it is done', () => under.texts().includes('done'));
    expect(answers.map(({ ok }) => ok)).toEqual([false, false, true]);
    expect(under.texts()).toEqual(['half way', 'done']);
    const shown = under.stores.messages.newest('local:main' as never, 100).map(({ content }) => content);
    expect(shown.filter((text) => text === 'done')).toHaveLength(1);
    expect(under.stores.messages.search('done', { chatJid: 'local:main' as never, limit: 10 })).toHaveLength(1);
    // Only what ends its work wakes the lead.
    const toLead = under.stores.messages
      .unhandled('local:main' as never, 0, 100)
      .messages.filter((one) => one.isFromTeam);
    expect(toLead.map(({ content }) => content)).toEqual(['done']);
  });

  test('stops with its chat: /stop ends what it does, and it takes no more of it', async () => {
    under = anEngine({
      scriptOf: () => async (run) => {
        const lead = answering(async (prompt) => {
          if (prompt.includes('begin')) await ask(run, start('bob'));
          return null;
        });
        if (isLead(run)) await lead(run);
        else await run.next();
      },
    });
    under.say('begin');
    await advanceUntil('it works', () => under.driver.runs.some((run) => !isLead(run)));
    under.say('/stop');
    await advanceUntil('it has ended', () =>
      under.driver.runs.filter((run) => !isLead(run)).every((run) => run.isStopped()),
    );
    expect(under.texts()).toContain('I stopped.');
    const before = under.driver.runs.length;
    await under.clock.advance(60_000);
    expect(under.driver.runs.length).toBe(before);
  });

  test('that nobody needs is dismissed after a day; what a dead host has left is removed', async () => {
    under = anEngine({
      scriptOf: () =>
        answering(async (prompt, run) => {
          if (isLead(run) && prompt.includes('begin')) await ask(run, start('bob'));
          return null;
        }),
    });
    mkdirSync(join(under.home, 'groups', 'team-0123456789ab'));
    under.say('begin');
    await advanceUntil('it is there', () => under.stores.groups.find('team:main/bob') !== undefined);
    await advanceUntil('all is quiet', () => under.driver.live() === 0);
    await under.clock.advance(TEAM_LOOK_MS);
    expect(under.stores.groups.find('team:main/bob')).toBeDefined();
    const old = new Date(under.clock.now() - TEAM_LIFE_MS).toISOString();
    under.stores.database.prepare("UPDATE chats SET last_message_time = ? WHERE jid = 'team:main/bob'").run(old);
    await under.clock.advance(TEAM_LOOK_MS);
    await until('it is dismissed', () => under.stores.groups.find('team:main/bob') === undefined);
    await under.clock.advance(TEAM_LOOK_MS);
    await until('nothing is left', () =>
      readdirSync(join(under.home, 'groups')).every((name) => !name.startsWith('team-')),
    );
  });
});
