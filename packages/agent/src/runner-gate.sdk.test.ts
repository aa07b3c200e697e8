import { expect, test } from 'vitest';
import { runnerSuite } from '../test/runner-suite.ts';
import { says } from '../test/start-runner.ts';

const { start, workspace } = runnerSuite();

const task = (script: string) => ({ prompt: 'Tell me what is new.', isScheduledTask: true, script });

test('a script that finds nothing to do ends the run, and no model is asked', async () => {
  const runner = start({ input: task('echo \'{"wakeAgent": false}\'') });

  expect(await runner.exit).toBe(0);
  expect(runner.blocks()).toMatchObject([{ status: 'success', result: null, ack: 0 }]);
  expect(workspace().model.requests).toEqual([]);
});

test('a broken script is told from that, with its reason, and no model is asked', async () => {
  const runner = start({ input: task('echo broken >&2; exit 3') });

  expect(await runner.exit).toBe(1);
  expect(runner.blocks()).toMatchObject([
    { status: 'error', errorKind: 'script', error: 'the script ended with code 3' },
  ]);
  expect(runner.log()).toContain('task script: broken');
  expect(workspace().model.requests).toEqual([]);
});

test('a script that finds something hands it to the agent', async () => {
  workspace().model.enqueue(says('two new letters'));
  const runner = start({ input: task('pwd; echo \'{"wakeAgent": true, "data": {"letters": 2}}\'') });
  await runner.until(() => runner.outcomes()[0]);

  expect(runner.outcomes()[0]).toMatchObject({ result: 'two new letters', ack: 0 });
  const asked = JSON.stringify(workspace().model.requests[0]?.body);
  expect(asked).toContain('Script output:\\\\n{\\\\n  \\\\"letters\\\\": 2'.replaceAll('\\\\', '\\'));
  expect(asked).toContain('Instructions:\\nTell me what is new.');
});

test('a script of a run that is no task is not run', async () => {
  workspace().model.enqueue(says('hello'));
  const runner = start({ input: { prompt: 'hi', script: 'exit 3' } });

  expect(await runner.until(() => runner.outcomes()[0])).toMatchObject({ result: 'hello' });
});
