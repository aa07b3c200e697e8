/**
 * A failure with a code to decide on and a sentence for a person: what failed, which thing, what to do.
 * The message never contains a secret or the text of a chat message.
 */
export class NanoError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'NanoError';
    this.code = code;
  }
}

/** The complete list, so that every `switch` over codes can be checked. */
export type ErrorCode =
  | 'config-invalid'
  | 'home-unusable'
  | 'home-locked'
  | 'store-failed'
  | 'backup-failed'
  | 'restore-failed'
  | 'sandbox-unavailable'
  | 'sandbox-failed'
  | 'image-missing'
  | 'image-build-failed'
  | 'group-refused'
  | 'task-refused'
  | 'message-refused'
  | 'approval-refused'
  | 'not-found'
  | 'file-refused'
  | 'skill-refused'
  | 'host-not-running'
  | 'host-refused'
  | 'service-failed'
  | 'update-failed'
  | 'usage';

/** For what cannot happen. Throws a plain Error, because no caller is meant to decide on it. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}

/** Ends a switch over a union: a missing case is a type error. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

/** One line for people and logs from whatever was thrown, causes included. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return `${error.message}${cause}`;
}
