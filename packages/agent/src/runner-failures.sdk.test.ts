import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { promptText, type ScriptStep } from '@nanoclaw/model-practice';
import type { ErrorKind } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { runnerSuite } from '../test/runner-suite.ts';
import { NONCE, says, TOKEN } from '../test/start-runner.ts';

const { start, workspace } = runnerSuite();

const FAILURES: [string, ScriptStep, ErrorKind][] = [
  ['a refused credential', { kind: 'status', status: 401 }, 'auth'],
  ['too many requests', { kind: 'status', status: 429 }, 'rate-limit'],
  ['an overloaded service', { kind: 'status', status: 529 }, 'overloaded'],
  ['a request that is refused', { kind: 'status', status: 400 }, 'bad-request'],
  ['a stream that breaks off', { kind: 'cut', text: 'half an' }, 'network'],
];

test.each(FAILURES)('%s is one error block with its kind, and exit code 1', async (_name, step, errorKind) => {
  workspace().model.enqueue({ ...step, repeat: Number.POSITIVE_INFINITY });
  const runner = start();

  expect(await runner.exit).toBe(1);

  const [block, ...more] = runner.outcomes();
  expect(block).toMatchObject({ status: 'error', result: null, errorKind, ack: 0 });
  expect(block?.error).toMatch(/^the model service .*[^.]$/);
  expect(JSON.stringify(runner.frames)).not.toContain(TOKEN);
  expect(more).toEqual([]);
});

test('the signal that opens an inspector in Node opens none in the runner', async () => {
  workspace().model.enqueue(says('first'), says('second'));
  const runner = start();
  await runner.until(() => runner.outcomes().length === 1);

  runner.child.kill('SIGUSR1');
  runner.give({ type: 'message', text: 'and now?' });
  await runner.until(() => runner.outcomes().length === 2);
  runner.close();
  await runner.exit;

  expect(runner.log()).not.toContain('Debugger listening');
});

test('a gateway that is not there is a network error', async () => {
  rmSync(`${workspace().root}/gateway.sock`);
  const runner = start();

  expect(await runner.exit).toBe(1);

  expect(runner.outcomes()).toMatchObject([{ status: 'error', errorKind: 'network' }]);
});

test('a session that does not exist any more is replaced by a new one, within the same turn', async () => {
  workspace().model.enqueue(says('hello again'), says('two'));
  const sessionId = randomUUID();
  const runner = start({ input: { sessionId, prompt: 'do you remember?' } });
  runner.give({ type: 'message', text: 'and this?' });

  await runner.until(() => runner.outcomes().at(-1)?.ack === 1);
  runner.close();

  expect(await runner.exit).toBe(0);
  expect(runner.outcomes().map(({ status }) => status)).not.toContain('error');
  expect(runner.blocks().every(({ newSessionId }) => newSessionId !== undefined && newSessionId !== sessionId)).toBe(
    true,
  );
  const prompts = workspace()
    .model.requests.map(({ request }) => promptText(request!))
    .join('\n');
  expect(prompts.split('do you remember?')).toHaveLength(2);
  expect(prompts.split('and this?')).toHaveLength(2);
});

test('an agent process that dies is an internal error without an acknowledgement', async () => {
  workspace().model.enqueue({ kind: 'stall' });
  const runner = start();
  await runner.until(() => workspace().model.requests.length === 1);

  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(runner.child.pid)], { encoding: 'utf8' });
  for (const pid of children.trim().split(/\s+/)) process.kill(Number(pid), 'SIGKILL');

  expect(await runner.exit).toBe(1);
  expect(runner.outcomes()).toMatchObject([{ status: 'error', errorKind: 'internal' }]);
  expect(runner.outcomes()[0]).not.toHaveProperty('ack');
});

test.each([
  ['text', 'what is this'],
  ['nothing', ''],
  ['another document', '{"prompt":5}'],
  ['a folder that climbs', '{"prompt":"","groupFolder":"../x","chatJid":"a","isMain":false}'],
])('%s on standard input is an input error', async (_name, stdin) => {
  const runner = start({ stdin });

  expect(await runner.exit).toBe(1);

  // Without a readable input there is no nonce either: the host sees a block that it does not believe, and the code.
  expect(runner.frames).toEqual([{ kind: 'rejected', reason: 'wrong-nonce' }]);
  expect(runner.log()).toContain('standard input is not a valid agent input');
});

test('an input error can be told when at least the nonce is readable', async () => {
  const runner = start({ stdin: JSON.stringify({ prompt: 5, nonce: NONCE }) });

  expect(await runner.exit).toBe(1);

  expect(runner.blocks()).toMatchObject([{ status: 'error', result: null, errorKind: 'input' }]);
});

test('a malformed input file does no harm', async () => {
  workspace().model.enqueue(says('one'), says('two'));
  const runner = start();
  await runner.until(() => runner.outcomes()[0]);

  runner.give('{oops');
  runner.give({ type: 'message', text: 'fine' });

  expect(await runner.until(() => runner.outcomes()[1])).toMatchObject({ result: 'two', ack: 2 });
  expect(runner.log()).toContain('000000001.json');
});

test('SIGTERM in the middle of a turn ends the runner in order', async () => {
  workspace().model.enqueue({ kind: 'stall', text: 'half' });
  const runner = start();
  await runner.until(() => workspace().model.requests.length === 1);

  runner.child.kill('SIGTERM');

  expect(await runner.exit).toBe(143);
  expect(runner.frames.filter((frame) => frame.kind !== 'block')).toEqual([]);
  await runner.until(() => workspace().model.requests[0]?.finished === 'abandoned');
});

test('a host that has gone ends the runner', async () => {
  workspace().model.enqueue({ kind: 'text', text: 'word '.repeat(500), chunks: 500, delayMs: 10 });
  const runner = start({ input: { partials: true } });
  await runner.until(() => runner.blocks().some(({ partial }) => partial !== undefined));

  runner.child.stdout?.destroy();

  expect(await runner.exit).toBe(1);
});
