import { type AgentInput, createFrameReader, type OutputBlock } from '@nanoclaw/protocol';
import type { Clock } from '../kernel/clock.ts';
import { startDeadline } from '../kernel/deadline.ts';
import { describeError } from '../kernel/errors.ts';
import { type Log, limitLog } from '../kernel/log.ts';
import type { RunningSandbox, SandboxDriver, SandboxExit } from '../sandboxes/sandbox.ts';
import type { SandboxSpec } from '../sandboxes/spec.ts';
import { readPaced } from './paced-reading.ts';
import type { RunLog } from './run-log-files.ts';

/** Most lines in the host's own log about output that is not of the protocol; a hostile sandbox has any amount of it. */
const MAX_REJECTIONS_LOGGED = 10;

/** What handling costs the host beyond reading, as bytes: of any frame, and of a block, which may be stored. */
const FRAME_COST_BYTES = 256;
const BLOCK_COST_BYTES = 32 * 1024;

/** How a run ended: like the sandbox, or because it said nothing for too long. */
export type RunExit = SandboxExit | { kind: 'timed-out' };

export interface AgentRun {
  readonly sandboxName: string;
  /** Settles once, never rejects, after the last block was handed over. */
  readonly ended: Promise<RunExit>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly driver: SandboxDriver;
  readonly spec: SandboxSpec;
  readonly input: AgentInput;
  readonly clock: Clock;
  readonly log: Log;
  readonly runLog: RunLog;
  /** Longest time without a block before the sandbox is stopped, in milliseconds. */
  readonly silenceMs: number;
  readonly maxLineBytes: number;
  /**
   * Called for every accepted block, in order. When it throws, the sandbox is stopped and nothing more of it counts: a
   * later block would acknowledge what the lost one has answered.
   */
  readonly onBlock: (block: OutputBlock) => void;
}

/** Runs the agent once in a sandbox of its own: input in, blocks out, an end. */
export function runAgent(options: RunOptions): AgentRun {
  const { driver, spec, clock, log } = options;
  const facts = { group: spec.groupFolder, run: spec.runId, sandbox: spec.name };
  const startedAt = clock.now();
  const sandbox = driver.start(spec);
  let hasTimedOut = false;
  const deadline = startDeadline(clock, options.silenceMs, () => {
    hasTimedOut = true;
    log.warn('run.timed-out', { ...facts, ms: options.silenceMs });
    void sandbox.stop();
  });
  log.info('run.started', facts);
  const output = readOutput(sandbox, options, deadline.push);
  collectErrors(sandbox, options.runLog);
  // The sandbox may be gone before it has read its input; its exit tells, not the broken pipe.
  sandbox.stdin.on('error', () => {});
  sandbox.stdin.end(JSON.stringify(options.input));

  const ended = Promise.all([sandbox.exited, output]).then(([exit]) => {
    deadline.cancel();
    options.runLog.close();
    log.info('run.ended', { ...facts, ms: clock.now() - startedAt, exit: hasTimedOut ? { kind: 'timed-out' } : exit });
    return hasTimedOut ? ({ kind: 'timed-out' } as const) : exit;
  });
  return { sandboxName: spec.name, ended, stop: () => sandbox.stop() };
}

/** Reads standard output to its end; resolves when the last frame was handled. */
function readOutput(sandbox: RunningSandbox, options: RunOptions, onLife: () => void): Promise<void> {
  const { maxLineBytes, runLog, spec } = options;
  const log = limitLog(options.log, MAX_REJECTIONS_LOGGED);
  const nonce = options.input.nonce;
  const reader = createFrameReader({ maxLineBytes, ...(nonce === undefined ? {} : { nonce }) });
  let isLost = false;
  const handle = (frames: ReturnType<typeof reader.push>): number => {
    let cost = 0;
    for (const frame of frames) {
      cost += frame.kind === 'block' ? BLOCK_COST_BYTES : FRAME_COST_BYTES;
      if (frame.kind === 'log') runLog.line('stdout', frame.line);
      if (frame.kind === 'rejected') log.warn('run.output-rejected', { run: spec.runId, reason: frame.reason });
      if (frame.kind === 'block' && !isLost) {
        onLife();
        isLost = !handBlock(sandbox, options, frame.block);
      }
    }
    return cost;
  };
  const read = (chunk: Buffer): number => chunk.length + handle(reader.push(chunk));
  const pace = readPaced(sandbox.stdout, { clock: options.clock, read });
  // What is left in the stream of a sandbox that has ended is little, and its place is wanted.
  void sandbox.exited.then(pace.lift);
  return new Promise((resolve) => {
    sandbox.stdout.once('close', () => {
      handle(reader.end());
      resolve();
    });
    sandbox.stdout.on('error', () => {});
  });
}

/** False when what the block says could not be kept. */
function handBlock(sandbox: RunningSandbox, { onBlock, log, spec }: RunOptions, block: OutputBlock): boolean {
  try {
    onBlock(block);
    return true;
  } catch (error) {
    log.error('run.block-failed', { group: spec.groupFolder, run: spec.runId, error: describeError(error) });
    void sandbox.stop();
    return false;
  }
}

function collectErrors(sandbox: RunningSandbox, runLog: RunLog): void {
  let rest = '';
  sandbox.stderr.setEncoding('utf8');
  sandbox.stderr.on('data', (text: string) => {
    const lines = (rest + text).slice(-MAX_STDERR_LINE).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) runLog.line('stderr', line);
  });
  sandbox.stderr.once('close', () => {
    if (rest !== '') runLog.line('stderr', rest);
  });
  sandbox.stderr.on('error', () => {});
}

/** Longest piece of standard error held while its line is not finished, in characters. */
const MAX_STDERR_LINE = 64 * 1024;
