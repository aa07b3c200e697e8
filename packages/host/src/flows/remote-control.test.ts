import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { silentLog } from '../kernel/log.ts';
import { isAlive } from '../kernel/process-identity.ts';
import { NO_RECORD } from '../store/record-files.ts';
import { createRemoteControl, type RemoteControl } from './remote-control.ts';
import { MAX_REMOTE_OUTPUT_BYTES, remoteControlFiles } from './remote-control-files.ts';

const URL = 'https://claude.ai/code/session_1?bridge=a-b';
const BY = { startedBy: 'ann', startedInChat: 'local:main' };
let directory: string;
const begun: RemoteControl[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-remote-'));
});
afterEach(() => {
  for (const remote of begun.splice(0)) remote.end();
  rmSync(directory, { recursive: true });
});

/** A program in the place of Claude Code. */
function program(script: string): string {
  const file = join(directory, 'stand-in');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}
/** A host; another on the same directory is the host after a restart. */
function aRemote(command: string, urlWithinMs = 60_000): RemoteControl {
  const files = remoteControlFiles(directory);
  const facts = { record: NO_RECORD, clock: systemClock, log: silentLog };
  const remote = createRemoteControl({ files, command, directory, urlWithinMs, ...facts });
  begun.push(remote);
  return remote;
}
const stateFile = (): string => join(directory, 'remote-control.json');
const good = (): string =>
  program(`read answer; echo "$* $answer key=$ANTHROPIC_API_KEY"; echo "go to ${URL} now"; exec sleep 600`);

test('a session is started once, its address given, kept over a restart, and ended', async () => {
  const remote = aRemote(good());
  expect(await remote.start(BY)).toBe(URL);
  const session = remote.current() ?? expect.fail();
  expect(readFileSync(join(directory, 'remote-control.stdout'), 'utf8')).toMatch(
    /^remote-control --name NanoClaw Remote y key=\n/,
  );
  for (const name of readdirSync(directory).filter((file) => file.startsWith('remote-control'))) {
    expect([name, statSync(join(directory, name)).mode & 0o077]).toEqual([name, 0]);
  }

  const next = aRemote(program('exit 1'));
  expect(await next.start(BY)).toBe(URL);
  expect(next.current()?.pid).toBe(session.pid);
  expect([next.end(), next.end(), next.current()]).toEqual([true, false, undefined]);
  await until('it is gone', () => !isAlive(session));
});

test('a session whose process is gone, or another with its number, is none, and is not ended', async () => {
  const remote = aRemote(good());
  await remote.start(BY);
  const session = remote.current() ?? expect.fail();
  writeFileSync(stateFile(), JSON.stringify({ ...session, began: '1' }));
  expect([remote.current(), remote.end()]).toEqual([undefined, false]);
  expect(isAlive(session)).toBe(true);
  writeFileSync(stateFile(), JSON.stringify(session));
  remote.end();
  await until('it is gone', () => !isAlive(session));
  writeFileSync(stateFile(), '{"pid":');
  expect(remote.current()).toBeUndefined();
});

test('one whose host died before it had an address is ended', async () => {
  const remote = aRemote(good());
  await remote.start(BY);
  const session = remote.current() ?? expect.fail();
  writeFileSync(stateFile(), JSON.stringify({ ...session, url: null }));
  expect(aRemote(good()).current()).toBeUndefined();
  await until('it is gone', () => !isAlive(session));
});

test.each([
  ['exits', 'echo nothing; exit 3', 60_000, 'process exited before producing URL'],
  ['names another place', 'echo https://evil.example/code/x; exit 0', 60_000, 'process exited before producing URL'],
  ['says nothing', 'exec sleep 600', 1, 'timed out waiting for URL'],
])('a program that %s leaves no session, and the reason is told', async (_, script, within, why) => {
  const remote = aRemote(program(script), within);
  expect(await remote.start(BY)).toBe(`Remote Control failed: ${why}`);
  expect(remote.current()).toBeUndefined();
});

test('a program that is not there is told', async () => {
  expect(await aRemote(join(directory, 'nothing')).start(BY)).toMatch(/^Remote Control failed: /);
});

test('what the program prints does not fill the disk', async () => {
  const remote = aRemote(
    program(`echo "${URL} "; head -c ${MAX_REMOTE_OUTPUT_BYTES + 1} /dev/zero >&2; exec sleep 600`),
  );
  await remote.start(BY);
  const file = join(directory, 'remote-control.stderr');
  await until('it has printed', () => statSync(file).size > MAX_REMOTE_OUTPUT_BYTES);
  remote.trim();
  expect(statSync(file).size).toBe(0);
});

test('in a chat it takes main, an allowed sender and a second word', async () => {
  const settings = { REMOTE_CONTROL_COMMAND: good(), REMOTE_CONTROL_ENDS_WITH_HOST: 'true' };
  const under: EngineUnderTest = anEngine({ scriptOf: () => async () => expect.fail('no agent is asked'), settings });
  try {
    const work = under.register('work');
    under.say('/remote-control', work);
    expect(await under.waitForTexts(1, work)).toEqual(['Remote Control is for the main chat alone.']);
    under.say('/remote-control-end');
    expect((await under.waitForTexts(1)).at(-1)).toBe('No active Remote Control session');
    under.say('/remote-control');
    expect((await under.waitForTexts(3)).slice(1).join('\n')).toMatch(
      /works on this machine as you.*\nAnswer with yes 1 or no 1\.\nRemote Control takes a second word/s,
    );
    expect(readdirSync(join(under.home, 'data'))).not.toContain('remote-control.json');
    under.say('always 1');
    expect((await under.waitForTexts(4)).at(-1)).toMatch(/takes yes or no/);
    under.say('yes 1');
    await until('the address is told', async () => {
      await under.clock.advance(1_000);
      return under.texts().includes(URL);
    });
    under.say('/remote-control');
    await until('it is the same', () => under.texts().filter((text) => text === URL).length === 2);
    under.say('/remote-control-end');
    await until('it is ended', () => under.texts().includes('Remote Control session ended.'));
  } finally {
    await under.end();
  }
});
