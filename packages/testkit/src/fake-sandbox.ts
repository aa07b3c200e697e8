import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { RunningSandbox, SandboxDriver, SandboxExit } from '@nanoclaw/host/sandboxes/sandbox.js';
import type { SandboxSpec } from '@nanoclaw/host/sandboxes/spec.js';
import {
  AgentInput,
  CLOSE_FILE,
  formatFrame,
  InputDocument,
  inputNumber,
  MAILBOX,
  type OutputBlock,
  SANDBOX_PATHS,
} from '@nanoclaw/protocol';
import { until } from './until.ts';

/** What the host put into `input/`: a document with its number, or the wish that the run ends. */
export type FakeInput = { kind: 'document'; number: number; document: InputDocument } | { kind: 'close' };

/** One run as its script sees it: the runner's side of the wire protocol. */
export interface FakeRun {
  readonly spec: SandboxSpec;
  /** What came on standard input. */
  readonly input: AgentInput;
  /** Directory of the host that is the mailbox inside. */
  readonly mailbox: string;
  /** True when the host has ended the sandbox. */
  isStopped(): boolean;
  /** Writes one framed block with the nonce of the run. */
  emit(block: Partial<OutputBlock>): void;
  /** A result block that acknowledges everything up to input `ack`. */
  answer(result: string | null, ack: number, rest?: Partial<OutputBlock>): void;
  /** Writes bytes as they are to standard output. */
  print(output: string | Buffer): void;
  /** The next file of `input/`, taken out of it. */
  next(): Promise<FakeInput>;
}

/** What a run does; it ends as the returned value says, or with code 0. */
export type RunScript = (run: FakeRun) => Promise<SandboxExit | undefined> | Promise<void>;

export interface FakeSandboxDriver extends SandboxDriver {
  /** Every run that was started, the first one first; a run appears when its input has been read. */
  readonly runs: readonly FakeRun[];
  /** Runs that have not ended. */
  live(): number;
  /** Most runs that were ever alive at the same time. */
  peak(): number;
}

/** Answers each prompt and each follow-up with what `reply` makes of it, until it is asked to end. */
export function repeatingScript(reply: (prompt: string) => string): RunScript {
  return async (run) => {
    run.answer(reply(run.input.prompt), 0, { newSessionId: `session-${run.input.groupFolder}` });
    for (;;) {
      const input = await run.next();
      if (input.kind === 'close') return;
      if (input.document.type === 'message') run.answer(reply(input.document.text), input.number);
    }
  };
}

/** A driver whose sandboxes are scripts in this process. `scriptOf` gives the script of the nth run, counted from 0. */
export function createFakeSandboxDriver(scriptOf: (index: number) => RunScript): FakeSandboxDriver {
  const runs: FakeRun[] = [];
  const alive = new Map<string, { spec: SandboxSpec; sandbox: RunningSandbox }>();
  let started = 0;
  let peak = 0;

  function start(spec: SandboxSpec): RunningSandbox {
    const script = scriptOf(started++);
    const sandbox = startScript(spec, script, (run) => runs.push(run));
    alive.set(spec.name, { spec, sandbox });
    peak = Math.max(peak, alive.size);
    void sandbox.exited.then(() => alive.delete(spec.name));
    return sandbox;
  }

  return {
    kind: 'bubblewrap',
    runs,
    live: () => alive.size,
    peak: () => peak,
    available: async () => ({ ok: true, detail: 'in this process' }),
    image: async () => ({ phase: 'ready' }),
    commandLine: (spec) => ['fake', spec.name],
    start,
    list: async () =>
      [...alive.values()].map(({ spec: { name, groupFolder, runId } }) => ({ name, groupFolder, runId })),
    async stop(name) {
      const found = alive.get(name);
      await found?.sandbox.stop();
      return found !== undefined;
    },
  };
}

function startScript(spec: SandboxSpec, script: RunScript, onRun: (run: FakeRun) => void): RunningSandbox {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let kill: (exit: SandboxExit) => void = () => undefined;
  const killed = new Promise<SandboxExit>((resolve) => {
    kill = resolve;
  });
  let isStopped = false;

  async function perform(): Promise<SandboxExit> {
    const input = AgentInput.parse(JSON.parse(await text(stdin)));
    const run = fakeRun({ spec, input, stdout, isStopped: () => isStopped });
    onRun(run);
    return (await script(run)) ?? { kind: 'exited', code: 0 };
  }

  const ended = Promise.race([perform(), killed]).catch((error: unknown): SandboxExit => {
    stderr.write(`the script failed: ${String(error)}\n`);
    return { kind: 'exited', code: 1 };
  });
  const exited = ended.then((exit) => {
    isStopped = true;
    stdout.end();
    stderr.end();
    return exit;
  });
  return {
    name: spec.name,
    stdin,
    stdout,
    stderr,
    exited,
    async stop() {
      kill({ kind: 'killed', signal: 'SIGKILL' });
      await exited;
    },
  };
}

function fakeRun(from: {
  spec: SandboxSpec;
  input: AgentInput;
  stdout: PassThrough;
  isStopped: () => boolean;
}): FakeRun {
  const { spec, input, stdout, isStopped } = from;
  const mailbox = spec.mounts.find(({ target }) => target === SANDBOX_PATHS.ipc)?.source ?? '';
  const print = (output: string | Buffer): void => {
    if (!isStopped()) stdout.write(output);
  };
  const emit = (block: Partial<OutputBlock>): void => {
    const nonce = input.nonce === undefined ? {} : { nonce: input.nonce };
    print(formatFrame({ status: 'success', result: null, ...nonce, ...block }));
  };
  return {
    spec,
    input,
    mailbox,
    isStopped,
    print,
    emit,
    answer: (result, ack, rest = {}) => emit({ result, ack, ...rest }),
    next: () => until('the host writes an input or ends the run', () => takeInput(mailbox, isStopped)),
  };
}

/** Like the runner: documents in name order, then the close file. A run that was ended sees a wish to end. */
function takeInput(mailbox: string, isStopped: () => boolean): FakeInput | undefined {
  if (isStopped()) return { kind: 'close' };
  const directory = join(mailbox, MAILBOX.input);
  const name = readdirSync(directory)
    .filter((name) => inputNumber(name) !== undefined)
    .sort()[0];
  if (name !== undefined) {
    const document = InputDocument.parse(JSON.parse(readFileSync(join(directory, name), 'utf8')));
    rmSync(join(directory, name));
    return { kind: 'document', number: inputNumber(name) ?? 0, document };
  }
  return existsSync(join(directory, CLOSE_FILE)) ? { kind: 'close' } : undefined;
}
