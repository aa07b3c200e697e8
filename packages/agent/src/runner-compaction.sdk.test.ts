import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runnerSuite } from '../test/runner-suite.ts';
import { says } from '../test/start-runner.ts';

const { start, workspace } = runnerSuite();

const archives = (): string[] => {
  const directory = join(workspace().root, 'group/conversations');
  return readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
};

test('/compact archives the conversation before it is summed up', async () => {
  workspace().model.enqueue(says('Noted: Momo.'));
  const first = start({ input: { prompt: 'The cat is called Momo.' } });
  const { newSessionId: sessionId = '' } = await first.until(() => first.outcomes()[0]);
  first.close();
  await first.exit;

  const second = start({ input: { prompt: '/compact', sessionId } });
  expect(await second.until(() => second.outcomes()[0])).toMatchObject({ status: 'success', ack: 0 });

  expect(archives()).toHaveLength(1);
  expect(archives()[0]).toContain('**User**: The cat is called Momo.\n\n**Andy**: Noted: Momo.');
});

test('a conversation that outgrows its window is archived, summed up and goes on by itself', async () => {
  const runner = start({
    input: { prompt: `The word is marble. ${'x '.repeat(60_000)}` },
    env: { CLAUDE_CODE_AUTO_COMPACT_WINDOW: '100000' },
  });
  await runner.until(() => runner.outcomes()[0]);
  for (let turn = 1; turn <= 5; turn++) {
    runner.give({ type: 'message', text: `Turn ${turn}. ${'y '.repeat(60_000)}` });
    expect(await runner.until(() => runner.outcomes()[turn])).toMatchObject({ status: 'success', ack: turn });
  }

  expect(archives().length).toBeGreaterThanOrEqual(1);
  expect(archives().join()).toContain('The word is marble.');
});
