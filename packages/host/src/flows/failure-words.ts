import type { ErrorKind } from '@nanoclaw/protocol';
import type { RunExit } from '../agents/run-agent.ts';
import { assertNever } from '../kernel/errors.ts';
import type { NoGrant } from './access-grant.ts';

/**
 * Why a turn failed: what the runner said, how its sandbox ended without saying anything, or what happened to the host
 * around it.
 */
export type TurnFailure =
  | { kind: 'model'; errorKind: ErrorKind; detail: string }
  | { kind: 'sandbox'; exit: RunExit }
  | { kind: 'host'; what: 'engine-down' | 'host-died' | 'over-budget' | NoGrant['refused'] };

/** Whether trying the same turn again later can help. Half an hour without a word is not tried five times. */
export function mayPass(failure: TurnFailure): boolean {
  if (failure.kind === 'sandbox') return failure.exit.kind !== 'timed-out';
  if (failure.kind === 'host') return failure.what === 'engine-down';
  return !['auth', 'billing', 'bad-request', 'input', 'interrupted', 'script'].includes(failure.errorKind);
}

/** The failure as the turn's `error_kind` in the database. */
export function failureCode(failure: TurnFailure): string {
  if (failure.kind === 'host') return failure.what;
  return failure.kind === 'model' ? failure.errorKind : failure.exit.kind;
}

/** One plain sentence for the chat: what failed and what to do about it. */
export function failureSentence(failure: TurnFailure): string {
  if (failure.kind === 'model' && failure.errorKind === 'interrupted') return 'I stopped.';
  const { opening, reason, advice } = failureWords(failure);
  return `${opening}: ${reason}.${advice === undefined ? '' : ` ${advice}`}`;
}

/** The same about a task that nobody has asked for just now; nobody can ask for it again in other words either. */
export function taskFailureSentence(name: string, failure: TurnFailure): string {
  const { reason, advice, isForAsking } = failureWords(failure);
  return `The scheduled task ${name} failed: ${reason}.${advice === undefined || isForAsking ? '' : ` ${advice}`}`;
}

/** The reason alone, as a task keeps it. */
export function failureReason(failure: TurnFailure): string {
  return failureWords(failure).reason;
}

interface Words {
  readonly opening: string;
  readonly reason: string;
  readonly advice?: string;
  /** The advice is for somebody who has asked. */
  readonly isForAsking?: true;
}

const CANNOT = 'I cannot answer';
const COULD_NOT = 'I could not answer';
const LOG_TELLS = 'The log in data/logs tells more.';
const STATUS_TELLS = '"npx nanoclaw status" on my machine tells more.';
const ASK_LATER = { advice: 'Please ask again later.', isForAsking: true } as const;

function failureWords(failure: TurnFailure): Words {
  if (failure.kind === 'host') return HOST_WORDS[failure.what];
  if (failure.kind === 'sandbox') return sandboxWords(failure.exit);
  const words = modelWords(failure.errorKind);
  // What the runner says of a script is of a few forms; anything else is not repeated.
  const isKnown = failure.errorKind === 'script' && /^the script [a-zA-Z0-9 ]{1,100}$/.test(failure.detail);
  return isKnown ? { ...words, reason: `${words.reason}: ${failure.detail}` } : words;
}

const HOST_WORDS: Readonly<Record<Extract<TurnFailure, { kind: 'host' }>['what'], Words>> = {
  'engine-down': {
    opening: COULD_NOT,
    reason: 'the engine that runs my sandbox does not answer',
    advice: STATUS_TELLS,
  },
  'over-budget': {
    opening: 'I do not answer now',
    reason: 'what may be spent in a day is spent',
    advice: 'It begins anew at midnight. My owner can raise the budget.',
  },
  'credentials-down': {
    opening: COULD_NOT,
    reason: 'OneCLI, which keeps my credentials, does not answer',
    ...ASK_LATER,
  },
  'credentials-refused': {
    opening: CANNOT,
    reason: 'OneCLI, which keeps my credentials, refuses me',
    advice: 'Check ONECLI_API_KEY and the agents of OneCLI. The log in data/logs says what it answered.',
  },
  'host-died': { opening: COULD_NOT, reason: 'I was ended each time I tried', advice: LOG_TELLS },
};

function modelWords(kind: ErrorKind): Words {
  switch (kind) {
    case 'auth': {
      const advice = 'Check the key in the .env file and restart me.';
      return { opening: CANNOT, reason: 'the model service refused the key', advice };
    }
    case 'billing': {
      const advice = 'Check its billing page.';
      return { opening: CANNOT, reason: 'the account of the model service cannot pay for this', advice };
    }
    case 'bad-request': {
      const advice = 'A shorter message may work.';
      return { opening: `${CANNOT} this`, reason: 'the model service refused the request', advice, isForAsking: true };
    }
    case 'rate-limit': {
      const reason = 'the model service kept refusing because of its rate limit';
      return { opening: COULD_NOT, reason, ...ASK_LATER };
    }
    case 'overloaded':
      return { opening: COULD_NOT, reason: 'the model service is overloaded', ...ASK_LATER };
    case 'network': {
      const advice = 'Check ANTHROPIC_BASE_URL and the network.';
      return { opening: COULD_NOT, reason: 'the model service cannot be reached, or breaks off', advice };
    }
    case 'interrupted':
      return { opening: COULD_NOT, reason: 'it was stopped' };
    case 'script': {
      const advice = `I say this once, until the script works again. ${LOG_TELLS}`;
      return { opening: COULD_NOT, reason: 'its script is broken', advice };
    }
    case 'stale-session':
    case 'input':
    case 'internal':
      return { opening: COULD_NOT, reason: 'something went wrong inside my sandbox', advice: LOG_TELLS };
    default:
      return assertNever(kind);
  }
}

function sandboxWords(exit: RunExit): Words {
  switch (exit.kind) {
    case 'out-of-memory': {
      const reason = 'the work needed more memory than my sandbox may use (CONTAINER_MEMORY)';
      return { opening: COULD_NOT, reason };
    }
    case 'timed-out': {
      const reason = 'the work took longer than my sandbox may run without a result (CONTAINER_TIMEOUT)';
      return { opening: COULD_NOT, reason };
    }
    case 'never-started': {
      return { opening: COULD_NOT, reason: 'my sandbox does not start', advice: STATUS_TELLS };
    }
    case 'killed':
    case 'exited':
      return { opening: COULD_NOT, reason: 'my sandbox ended before I was done', advice: LOG_TELLS };
    default:
      return assertNever(exit);
  }
}
