import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastToolResult } from '@nanoclaw/model-practice';
import { expect, test } from 'vitest';
import { runnerSuite } from '../test/runner-suite.ts';
import { calls, says } from '../test/start-runner.ts';

const { start, workspace } = runnerSuite();

/** The skills of this checkout, as the host makes a plugin of them. */
function installSkills(): void {
  const plugin = join(workspace().root, 'skills');
  mkdirSync(join(plugin, '.claude-plugin'), { recursive: true });
  writeFileSync(join(plugin, '.claude-plugin', 'plugin.json'), JSON.stringify({ name: 'nanoclaw', version: '2.0.0' }));
  cpSync(join(import.meta.dirname, '../../../container/skills'), join(plugin, 'skills'), { recursive: true });
}

test('the skills of the product are listed, and one that is used is read', async () => {
  installSkills();
  workspace().model.enqueue(calls('Skill', { skill: 'nanoclaw:agent-browser' }), says('I know how'));
  const runner = start();
  await runner.until(() => runner.outcomes()[0]);

  const first = JSON.stringify(workspace().model.requests[0]?.body);
  for (const name of ['agent-browser', 'capabilities', 'slack-formatting', 'status']) {
    expect(first).toContain(`nanoclaw:${name}`);
  }
  expect(lastToolResult(workspace().model.requests[1]!.request!)?.isError).toBe(false);
  expect(JSON.stringify(workspace().model.requests[1]?.body)).toContain('agent-browser snapshot -i');
});
