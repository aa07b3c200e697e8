import type { ErrorKind } from '@nanoclaw/protocol';
import type { RunExit } from '../agents/run-agent.ts';
import { assertNever } from '../kernel/errors.ts';

/** Why a turn failed: what the runner said, or how its sandbox ended without saying anything. */
export type TurnFailure = { kind: 'model'; errorKind: ErrorKind; detail: string } | { kind: 'sandbox'; exit: RunExit };

/** Whether trying the same turn again later can help. Half an hour without a word is not tried five times. */
export function mayPass(failure: TurnFailure): boolean {
  if (failure.kind === 'sandbox') return failure.exit.kind !== 'timed-out';
  return !['auth', 'billing', 'bad-request', 'input', 'interrupted'].includes(failure.errorKind);
}

/** The failure as the turn's `error_kind` in the database. */
export function failureCode(failure: TurnFailure): string {
  return failure.kind === 'model' ? failure.errorKind : failure.exit.kind;
}

/** One plain sentence for the chat: what failed and what to do about it. */
export function failureSentence(failure: TurnFailure): string {
  return failure.kind === 'model' ? modelSentence(failure.errorKind) : sandboxSentence(failure.exit);
}

function modelSentence(kind: ErrorKind): string {
  switch (kind) {
    case 'auth':
      return 'I cannot answer: the model service refused the key. Check the key in the .env file and restart me.';
    case 'billing':
      return 'I cannot answer: the account of the model service cannot pay for this. Check its billing page.';
    case 'bad-request':
      return 'I cannot answer this: the model service refused the request. A shorter message may work.';
    case 'rate-limit':
      return 'I could not answer: the model service kept refusing because of its rate limit. Please ask again later.';
    case 'overloaded':
      return 'I could not answer: the model service is overloaded. Please ask again later.';
    case 'network':
      return 'I could not answer: the model service cannot be reached, or breaks off. Check ANTHROPIC_BASE_URL and the network.';
    case 'interrupted':
      return 'I stopped.';
    case 'stale-session':
    case 'input':
    case 'internal':
      return 'I could not answer: something went wrong inside my sandbox. The log in data/logs tells more.';
    default:
      return assertNever(kind);
  }
}

function sandboxSentence(exit: RunExit): string {
  switch (exit.kind) {
    case 'out-of-memory':
      return 'I could not answer: the work needed more memory than my sandbox may use (CONTAINER_MEMORY).';
    case 'timed-out':
      return 'I could not answer: the work took longer than my sandbox may run without a result (CONTAINER_TIMEOUT).';
    case 'never-started':
      return 'I could not answer: my sandbox does not start. "npx nanoclaw status" on my machine tells more.';
    case 'killed':
    case 'exited':
      return 'I could not answer: my sandbox ended before I was done. The log in data/logs tells more.';
    default:
      return assertNever(exit);
  }
}
