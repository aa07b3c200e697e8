import { AgentInput, type ErrorKind } from '@nanoclaw/protocol';
import { z } from 'zod';
import { createOutput, type Output } from './output.ts';
import { errorBlock } from './result-block.ts';
import { run } from './runner.ts';
import { runnerPaths } from './runner-paths.ts';
import { claimStdout, readStdin } from './stdio.ts';

const EXIT_FAILED = 1;
/** What a shell reports for a process ended by SIGTERM. */
const EXIT_TERMINATED = 143;

/** Reads the input, runs the conversation, returns the exit code. */
async function main(): Promise<number> {
  const sink = claimStdout();
  const terminated = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => terminated.abort());
  // Without a listener this signal opens Node's inspector, by which the agent's tools could take the runner over.
  process.on('SIGUSR1', () => {});

  const json = parseJson(await readStdin());
  const input = AgentInput.safeParse(json);
  if (!input.success) {
    const fields = input.error.issues.map((issue) => issue.path.join('.') || 'the document').join(', ');
    log(`standard input is not a valid agent input: ${fields}`);
    // The nonce may be readable even so; without it the host takes the block for log and has the exit code.
    return fail(createOutput(sink, Nonce.parse(json)?.nonce), 'input');
  }

  const { env } = process;
  const output = createOutput(sink, input.data.nonce);
  const signal = AbortSignal.any([terminated.signal, output.broken]);
  try {
    const end = await run({ input: input.data, paths: runnerPaths(env), env, output, log, signal });
    await output.flush();
    if (terminated.signal.aborted) return EXIT_TERMINATED;
    return end === 'ended' && !output.broken.aborted ? 0 : EXIT_FAILED;
  } catch (error) {
    log(`the runner failed: ${error instanceof Error ? error.stack : String(error)}`);
    return fail(output, 'internal');
  }
}

async function fail(output: Output, kind: ErrorKind): Promise<number> {
  output.emit(errorBlock(kind));
  await output.flush();
  return EXIT_FAILED;
}

const Nonce = z.object({ nonce: z.string().optional() }).optional().catch(undefined);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function log(line: string): void {
  process.stderr.write(line.endsWith('\n') ? line : `${line}\n`);
}

process.exit(await main());
