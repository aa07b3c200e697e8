import type { Command } from 'commander';
import type { CliDeps } from './cli-deps.ts';
import type { Output } from './output.ts';

/** What every command is given. */
export interface CommandContext {
  readonly deps: CliDeps;
  readonly out: Output;
  /** Sets the exit code; a command that never calls it ends with 0. */
  readonly finish: (code: number) => void;
}

/** Adds a command to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void;

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
