import { execFile } from 'node:child_process';

/** Longest that a service manager is waited for, in milliseconds, and others unless told. */
const LIMIT_MS = 60_000;

/** npm has much to say. */
const MAX_OUTPUT_BYTES = 16 * 2 ** 20;

/** How a program ended; `code` is null when it could not be run, or was killed. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program by an argument list, never by a shell. Never rejects. */
export type RunProgram = (program: string, ...args: string[]) => Promise<ProgramEnd>;

export function createRunProgram(
  environment: Readonly<Record<string, string | undefined>>,
  limitMs = LIMIT_MS,
): RunProgram {
  return (program, ...args) =>
    new Promise((resolve) => {
      execFile(
        program,
        args,
        { env: { ...environment }, timeout: limitMs, maxBuffer: MAX_OUTPUT_BYTES },
        (error, stdout, stderr) => {
          if (error === null) return resolve({ code: 0, stdout, stderr });
          const code = typeof error.code === 'number' ? error.code : null;
          resolve({ code, stdout, stderr: stderr || error.message });
        },
      );
    });
}

/** The last line of what a program complained of, for a sentence. */
export function complaint({ stderr, stdout, code }: ProgramEnd): string {
  const line = (stderr.trim() || stdout.trim()).split('\n').at(-1);
  return line || `exit code ${code ?? 'none'}`;
}
