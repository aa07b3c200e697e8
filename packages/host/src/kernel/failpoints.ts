/*
 * Places between two commits at which a test may end the process or make the host fail. The registry is empty in
 * production: only a test's own entry point arms anything, no setting and no argument does.
 */

/** Every place, in the order of a message's way. */
export const FAILPOINTS = [
  'message-stored',
  'command-stored',
  'turn-opened',
  'sandbox-started',
  'follow-up-written',
  'block-received',
  'answer-stored',
  'request-removed',
  'request-applied',
  'send-marked',
  'send-returned',
  'send-settled',
  'task-claimed',
  'task-started',
  'task-finished',
  'migration-copied',
  'migration-stepped',
  'migration-state-imported',
  'restore-begun',
  'restore-put-aside',
] as const;

export type FailpointName = (typeof FAILPOINTS)[number];

const armed = new Map<FailpointName, () => void>();

/** Runs what a test has armed here; nothing in production. What it throws comes out of the caller's statement. */
export function failpoint(name: FailpointName): void {
  armed.get(name)?.();
}

/** For tests. Gives the function that disarms it again. */
export function armFailpoint(name: FailpointName, action: () => void): () => void {
  armed.set(name, action);
  return () => {
    armed.delete(name);
  };
}
