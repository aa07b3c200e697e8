import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import {
  buildRunner,
  createWorkspace,
  type Runner,
  type StartOptions,
  startRunner,
  type Workspace,
} from './start-runner.ts';

/** What a test of the whole runner works with; `workspace` is fresh for every test. */
export interface RunnerSuite {
  workspace(): Workspace;
  start(options?: Partial<StartOptions>): Runner;
}

/** Bundles the runner once for the calling test file; whatever a test starts is gone when it is over. */
export function runnerSuite(): RunnerSuite {
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });
  let built: { directory: string; file: string };
  let workspace: Workspace;
  let runners: Runner[] = [];

  beforeAll(async () => {
    built = await buildRunner();
  });
  afterAll(() => rmSync(built.directory, { recursive: true }));
  beforeEach(async () => {
    workspace = await createWorkspace();
  });
  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.kill()));
    runners = [];
    await workspace.close();
  });

  return {
    workspace: () => workspace,
    start(options = {}) {
      const runner = startRunner({ file: built.file, workspace, ...options });
      runners.push(runner);
      return runner;
    },
  };
}
