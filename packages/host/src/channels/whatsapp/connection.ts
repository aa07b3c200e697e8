import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import { describeError } from '../../kernel/errors.ts';
import type { ChannelCondition } from '../channel.ts';
import type { Linking, LinkWish } from '../linking.ts';
import { type AuthState, isLinked, openAuthState } from './auth-state.ts';
import { afterClose } from './close-codes.ts';
import type { WhatsAppSocket } from './library.ts';
import { userOf } from './normalize.ts';
import { type Session, type SessionDeps, startSession } from './session.ts';

/** Longest pause between two attempts to reach WhatsApp, in milliseconds. */
const MAX_RECONNECT_MS = 60_000;

/** The first pause: a connection that broke is mostly there again at once. */
const FIRST_PAUSE_MS = 1_000;

const NOT_LINKED = 'no phone is linked: run nanoclaw link whatsapp';

export interface ConnectionDeps extends SessionDeps {
  readonly random: () => number;
  readonly onOpen: (socket: WhatsAppSocket) => void;
}

/** The one connection of the device: made again for as long as it takes, or rested where trying would do harm. */
export interface Connection {
  condition(): ChannelCondition;
  linking(): Linking;
  /** Begins to ask for a phone; while one is linked nothing happens. */
  link(wish: LinkWish): void;
  /** While it stands. */
  open(): Session | undefined;
  /** The same, and while it is being made it is waited for. */
  opening(): Promise<Session | undefined>;
  /** Who the account is, once it is known. */
  user(): { readonly id: string; readonly lid?: string | undefined } | undefined;
  stop(): Promise<void>;
}

interface State {
  condition: ChannelCondition;
  linking: Linking;
  auth: AuthState;
  session: Session | undefined;
  isOpen: boolean;
  opening: Promise<Session | undefined>;
  wish: LinkWish | undefined;
  /** In a row, since it stood last. */
  failures: number;
  /** Ends a rest. */
  wake: () => void;
  readonly stopping: AbortController;
}

export function startConnection(deps: ConnectionDeps): Connection {
  const state: State = {
    condition: { phase: 'connecting' },
    linking: { phase: 'not-linked' },
    auth: openAuthState(deps.library, deps.store),
    session: undefined,
    isOpen: false,
    opening: Promise.resolve(undefined),
    wish: undefined,
    failures: 0,
    wake: () => undefined,
    stopping: new AbortController(),
  };
  const running = run(deps, state).catch((error: unknown) =>
    down(deps, state, `the channel has failed: ${describeError(error)}`),
  );
  return {
    condition: () => state.condition,
    linking: () => state.linking,
    link(wish) {
      if (state.linking.phase === 'linked') return;
      state.wish = wish;
      // Another attempt, with other means, takes the place of the one under way.
      state.session?.end();
      state.wake();
    },
    open: () => (state.isOpen ? state.session : undefined),
    opening: () => state.opening,
    user: () => state.auth.creds.me,
    async stop() {
      state.stopping.abort();
      state.session?.end();
      await running;
    },
  };
}

async function run(deps: ConnectionDeps, state: State): Promise<void> {
  const { signal } = state.stopping;
  while (!signal.aborted) {
    state.auth = openAuthState(deps.library, deps.store);
    const wasLinked = isLinked(state.auth.creds);
    const { wish } = state;
    if (!wasLinked && wish === undefined) {
      if (state.condition.phase !== 'down') down(deps, state, NOT_LINKED);
      await rest(state);
      continue;
    }
    state.linking = wasLinked ? linkedAs(state.auth) : { phase: 'asking' };
    const code = await oneSession(deps, state, wasLinked ? undefined : wish);
    if (signal.aborted) return;
    if (wasLinked) await recover(deps, state, code);
    else if (state.wish === wish) endAsking(state, code);
  }
}

/** Lives through one connection; gives WhatsApp's reason for its end. */
async function oneSession(deps: ConnectionDeps, state: State, wish: LinkWish | undefined): Promise<number | undefined> {
  let settle: (session: Session | undefined) => void = () => undefined;
  state.opening = new Promise((resolve) => {
    settle = resolve;
  });
  const onOpen = (socket: WhatsAppSocket): void => {
    state.isOpen = true;
    settle(state.session);
    state.failures = 0;
    state.condition = { phase: 'connected' };
    deps.log.info('channel.connected', { channel: 'whatsapp' });
    deps.onOpen(socket);
  };
  const onLinking = (linking: Linking): void => {
    state.linking = linking;
  };
  state.session = startSession(deps, { auth: state.auth, wish, events: { onLinking, onOpen } });
  const code = await state.session.ended;
  state.isOpen = false;
  state.session = undefined;
  settle(undefined);
  state.opening = Promise.resolve(undefined);
  return code;
}

function endAsking(state: State, code: number | undefined): void {
  state.wish = undefined;
  if (isLinked(state.auth.creds)) return;
  const late = 'nobody has linked a phone in time: begin again';
  const problem = code === 408 ? late : `WhatsApp ended the attempt to link (${code ?? 'without a reason'})`;
  state.linking = { phase: 'not-linked', problem };
}

async function recover(deps: ConnectionDeps, state: State, code: number | undefined): Promise<void> {
  const next = afterClose(code);
  if (next.kind === 'again') return;
  state.failures++;
  down(deps, state, next.reason);
  if (next.kind === 'unlinked') {
    deps.store.clear();
    state.linking = { phase: 'not-linked', problem: next.reason };
    return;
  }
  if (next.kind === 'stay-away') return rest(state);
  const attempt = state.failures - 1;
  const ms = attempt === 0 ? FIRST_PAUSE_MS : cappedRetryDelayMs(attempt, deps.random(), MAX_RECONNECT_MS);
  await deps.clock.sleep(ms, state.stopping.signal);
}

/** Waits to be asked for a link, or to be stopped. */
function rest(state: State): Promise<void> {
  return new Promise((resolve) => {
    state.wake = resolve;
    state.stopping.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function down(deps: ConnectionDeps, state: State, reason: string): void {
  state.condition = { phase: 'down', reason };
  deps.log.warn('channel.down', { channel: 'whatsapp', failures: state.failures, reason });
}

function linkedAs({ creds }: AuthState): Linking {
  return { phase: 'linked', number: userOf(creds.me?.id ?? '') };
}
