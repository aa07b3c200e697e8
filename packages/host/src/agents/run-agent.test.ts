import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentInput, OutputBlock } from '@nanoclaw/protocol';
import { createFakeSandboxDriver, createManualClock, type RunScript, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../kernel/log.ts';
import type { SandboxSpec } from '../sandboxes/spec.ts';
import { runAgent } from './run-agent.ts';
import { openRunLog } from './run-log-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-run-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const spec = { name: 'nanoclaw-main-1', groupFolder: 'main', runId: 'run-1', mounts: [] } as unknown as SandboxSpec;
const input: AgentInput = {
  prompt: 'hello',
  groupFolder: 'main',
  chatJid: 'tg:1',
  isMain: true,
  nonce: 'n'.repeat(32),
};

function start(script: RunScript, onBlock: (block: OutputBlock) => void = () => undefined, maxLogBytes = 10_000) {
  const clock = createManualClock(0);
  const driver = createFakeSandboxDriver(() => script);
  const runLog = openRunLog(join(directory, 'logs', 'run.log'), maxLogBytes);
  const run = runAgent({
    driver,
    spec,
    input,
    clock,
    log: silentLog,
    runLog,
    silenceMs: 60_000,
    maxLineBytes: 100_000,
    onBlock,
  });
  return { clock, driver, run };
}

const logText = (): Promise<string> =>
  until('the log of the run is written', () => {
    const file = join(directory, 'logs', 'run.log');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.endsWith('\n') && text;
  });

describe('a run', () => {
  test('hands over every block in order before it is over, and ends as its sandbox did', async () => {
    const results: unknown[] = [];
    const { driver, run } = start(
      async (fake) => {
        for (const result of ['a', 'b', 'c']) fake.emit({ result });
        return { kind: 'exited', code: 4 };
      },
      ({ result }) => results.push(result),
    );

    expect(await run.ended).toEqual({ kind: 'exited', code: 4 });
    expect(results).toEqual(['a', 'b', 'c']);
    expect(driver.runs[0]!.input).toEqual(input);
  });

  test('that says nothing for too long is ended; every block gives it the whole time again', async () => {
    let speak: () => void = () => undefined;
    const { clock, driver, run } = start(async (fake) => {
      speak = () => fake.emit({ partial: 'still here' });
      await until('it is ended', () => fake.isStopped());
    });
    await until('it runs', () => driver.runs.length === 1);
    for (let count = 0; count < 3; count++) {
      await clock.advance(50_000);
      speak();
    }
    await clock.advance(59_000);
    expect(driver.live()).toBe(1);

    await clock.advance(2_000);

    expect(await run.ended).toEqual({ kind: 'timed-out' });
    expect(clock.sleepers()).toBe(0);
  });

  test('whose block cannot be kept has nothing more to say: a later one would acknowledge what was lost', async () => {
    let blocks = 0;
    const { run } = start(
      async (fake) => {
        for (let count = 0; count < 3; count++) fake.emit({ result: 'x' });
        await until('it is ended', () => fake.isStopped());
      },
      () => {
        blocks++;
        throw new Error('disk full');
      },
    );
    await run.ended;

    expect(blocks).toBe(1);
  });

  test('whose block cannot be kept is ended, and the host lives on', async () => {
    const { run } = start(
      async (fake) => {
        fake.emit({ result: 'x' });
        await until('it is ended', () => fake.isStopped());
      },
      () => {
        throw new Error('disk full');
      },
    );

    expect(await run.ended).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });
});

describe('a sandbox that floods its output', () => {
  test('is read at a pace, and what it said before is handed over when it ends', async () => {
    const blocks: unknown[] = [];
    const { clock, driver, run } = start(
      async (fake) => {
        for (let count = 0; count < 5_000; count++) fake.emit({ result: 'x' });
        await until('it is ended', () => fake.isStopped());
      },
      (block) => blocks.push(block),
    );
    await until('the host has stopped reading', () => clock.sleepers() > 1);
    await new Promise((resolve) => setImmediate(resolve));
    const atFirst = blocks.length;
    expect(atFirst).toBeGreaterThan(500);
    expect(atFirst).toBeLessThan(2_000);

    await clock.advance(10_000);
    expect(blocks.length).toBeGreaterThan(atFirst);
    expect(blocks.length).toBeLessThan(4_000);

    await driver.stop(run.sandboxName);
    await run.ended;
    expect(blocks.length).toBe(5_000);
    expect(clock.sleepers()).toBe(0);
  });
});

describe('the log of a run', () => {
  test('has what is not of the protocol', async () => {
    const { run } = start(async (fake) => {
      fake.print('noise\n');
      fake.emit({ result: 'x' });
      fake.print('unfinished');
    });
    await run.ended;

    expect(await logText()).toBe('stdout: noise\nstdout: unfinished\n');
  });

  test('has an end, whatever the sandbox prints', async () => {
    const { run } = start(
      async (fake) => {
        for (let count = 0; count < 1_000; count++) fake.print(`${'x'.repeat(100)}\n`);
      },
      undefined,
      1_000,
    );
    await run.ended;

    const text = await logText();
    expect(text.length).toBeLessThan(1_200);
    expect(text).toMatch(/the log of this run is full\n$/);
  });
});
