import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TimingsAnswer } from '@nanoclaw/host/cli/control-answers.js';
import { STAGES } from '@nanoclaw/host/flows/turn-timings.js';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { controlRequest } from './control-request.ts';
import { engines } from './engines.ts';
import { aHost, type HostOptions, type HostUnderTest, registerChat } from './host-under-test.ts';

const ALL = await engines();

describe.each(ALL)('a conversation in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('when it is there', () => {
    let under: HostUnderTest;
    const start = async (options: Partial<HostOptions> = {}): Promise<void> => {
      under = await aHost({ engine, ...options });
    };
    beforeAll(() => engine.prepare?.());
    afterEach(() => under.end());

    test('without a key, a question is answered by an agent that really ran a command in its sandbox', async () => {
      await start({ credential: {} });
      writeFileSync(join(under.home, 'groups', 'main', 'planted-by-the-test.txt'), 'x');

      const answer = await under.ask('what is in your folder?');
      await under.ask('run `hostname > seen-inside.txt; id -u >> seen-inside.txt`');

      expect(answer).toContain('planted-by-the-test.txt');
      expect(answer).toContain('practice model: no key is set');
      expect(readdirSync(join(under.home, 'groups', 'main'))).toContain('seen-inside.txt');
    });

    test('a follow-up is answered by the same sandbox in the same session', async () => {
      await start();
      await under.ask('my name is Ann');
      const before = (await under.status()).live;

      const answer = await under.ask('what is my name?');

      const after = (await under.status()).live;
      expect(answer).toContain('Ann');
      expect(after).toMatchObject([{ sandbox: before[0]!.sandbox, run: before[0]!.run, phase: 'resting' }]);
      expect(sessionIds(under).size).toBe(1);
    });

    test('the time of each turn is told, and no stage of it is left out', async () => {
      await start();
      await under.ask('my name is Ann');
      await under.ask('what is my name?');

      const timings = await until('both turns are over', async () => {
        const told = await controlRequest(join(under.home, 'data', 'nanoclaw.sock'), {
          method: 'GET',
          path: '/timings',
        });
        const all = TimingsAnswer.parse(told);
        return all.length === 2 && all;
      });

      expect(timings.map(({ group, isCold }) => [group, isCold])).toEqual([
        ['main', false],
        ['main', true],
      ]);
      for (const { stages } of timings) expect(Object.keys(stages)).toEqual([...STAGES]);
    });

    test('after the idle time-out a new sandbox resumes the session and remembers', async () => {
      await start({ settings: { IDLE_TIMEOUT: '300' } });
      await under.ask('my name is Ann');
      const first = startedSandboxes(under);
      await until('the idle sandbox has ended', async () => (await under.status()).live.length === 0);

      const answer = await under.ask('what is my name?');

      expect(answer).toContain('Ann');
      expect(first).toHaveLength(1);
      expect(new Set(startedSandboxes(under)).size).toBe(2);
      expect(sessionIds(under).size).toBe(1);
    });

    test('after a restart of the host the session is resumed and remembers', async () => {
      await start();
      await under.ask('my name is Ann');
      await under.restart();

      expect(await under.ask('what is my name?')).toContain('Ann');
      expect(sessionIds(under).size).toBe(1);
    });

    test('a follow-up that comes while the agent works is answered too', async () => {
      await start();
      const seq = under.say('run `sleep 1; echo slept`');
      await until('the agent works', async () => under.model.model.requests.length > 0);

      const answer = await under.ask('my name is Ben');

      expect(
        under
          .answers('local:main', seq)
          .map(({ text }) => text)
          .join('\n'),
      ).toMatch(/Ben/);
      expect(answer).not.toBe('');
      expect((await under.status()).turns).toMatchObject({ done: 2 });
    });

    test('an agent writes to its own chat by tool, before its answer, and to no other chat', async () => {
      const send = (chat: string, text: string) => ({
        kind: 'tools' as const,
        calls: [{ name: 'mcp__nanoclaw__send_message', input: { text } }],
        when: (request: unknown) => JSON.stringify(request).includes(chat),
      });
      await start({ script: [send('please say working', 'I am working on it')] });
      const other = await registerChat(under, 'other');
      const seq = under.say('please say working');

      const texts = await until('both texts have come', () => {
        const found = under.answers('local:main', seq).map(({ text }) => text);
        return found.length >= 2 && found;
      });

      expect(texts[0]).toBe('I am working on it');
      expect(under.answers(other, 0)).toEqual([]);
    });

    test('nothing is left behind when the host stops', async () => {
      await start();
      await under.ask('hello');
      const pids = sandboxProcesses(under);
      expect(pids.length).toBeGreaterThan(0);

      await under.host.drain();

      expect(sandboxProcesses(under)).toEqual([]);
      expect(existsSync(join(under.home, 'data', 'nanoclaw.lock'))).toBe(false);
    });
  });
});

/** Sessions that the model server has seen in main requests. */
function sessionIds(under: HostUnderTest): Set<string | undefined> {
  return new Set(under.model.model.requests.map(({ headers }) => headers['x-claude-code-session-id']));
}

/** Sandboxes that the host has logged the start of. */
function startedSandboxes(under: HostUnderTest): string[] {
  const log = readFileSync(join(under.home, 'data', 'logs', 'host.log'), 'utf8');
  return [...log.matchAll(/"sandbox":"([^"]+)"[^\n]*"event":"run\.started"/g)].map(([, sandbox = '']) => sandbox);
}

/** Host processes whose command line names this home: the sandbox's launchers. */
function sandboxProcesses(under: HostUnderTest): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    return commandLine(pid).includes(under.home);
  });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
