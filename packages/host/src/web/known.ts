import { NanoError } from '../kernel/errors.ts';

/** The value, or an answer of 404 with this sentence. */
export function known<T>(value: T | undefined, refusal: string): T {
  if (value === undefined) throw new NanoError('not-found', refusal);
  return value;
}
