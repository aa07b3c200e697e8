import type { Sink } from './output.ts';

/**
 * Takes standard output for the blocks alone: whatever else writes there, a library or the console, goes to standard
 * error from now on.
 */
export function claimStdout(): Sink {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = process.stderr.write.bind(process.stderr);
  return {
    write: (text, written) => write(text, () => written?.()),
    on: (event, listener) => stdout.on(event, listener),
  };
}

/** Standard input to its end. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
