import type { Agent } from 'node:https';
import type { Clock } from '../../kernel/clock.ts';
import { describeError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Linking, LinkWish } from '../linking.ts';
import { type AuthState, isLinked } from './auth-state.ts';
import type { AuthStore } from './auth-store.ts';
import type { GroupCache } from './groups.ts';
import { createJournal } from './journal.ts';
import { SILENT_LOGGER, type WhatsAppLibrary, type WhatsAppSocket } from './library.ts';

export interface SessionDeps {
  readonly library: WhatsAppLibrary;
  readonly store: AuthStore;
  /** Where WhatsApp is, when it is not WhatsApp's own. */
  readonly url: string | undefined;
  /** The account is the assistant's own: it may be seen online there. */
  readonly hasOwnNumber: boolean;
  /** How files are brought to WhatsApp, when not as usual. */
  readonly uploadAgent: Agent | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly groups: GroupCache;
  /** A message was opened and written down. */
  readonly onWritten: () => void;
}

export interface SessionEvents {
  readonly onLinking: (linking: Linking) => void;
  readonly onOpen: (socket: WhatsAppSocket) => void;
}

/** One connection to WhatsApp, which nothing can bring back once it has ended. */
export interface Session {
  readonly socket: WhatsAppSocket;
  /** Resolves with WhatsApp's reason; never rejects. */
  readonly ended: Promise<number | undefined>;
  end(): void;
}

export function startSession(
  deps: SessionDeps,
  { auth, wish, events }: { auth: AuthState; wish: LinkWish | undefined; events: SessionEvents },
): Session {
  const { library, groups, store } = deps;
  const me = () => ({ id: auth.creds.me?.id ?? '', lid: auth.creds.me?.lid ?? '' });
  const journal = createJournal(library, { me, onWritten: deps.onWritten });
  const socket = library.makeWASocket({
    ...(deps.url === undefined ? {} : { waWebSocketUrl: deps.url }),
    ...(deps.uploadAgent === undefined ? {} : { fetchAgent: deps.uploadAgent }),
    auth: { creds: auth.creds, keys: auth.keys },
    logger: SILENT_LOGGER,
    browser: library.Browsers.macOS('Chrome'),
    // Else the phone shows no notifications any more.
    markOnlineOnConnect: deps.hasOwnNumber,
    syncFullHistory: false,
    emitOwnEvents: false,
    transactionOpts: { maxCommitRetries: 3, delayBetweenTriesMs: 1_000 },
    makeSignalRepository: journal.makeSignalRepository,
    cachedGroupMetadata: async (jid) => groups.metadata(jid),
    async getMessage({ id }) {
      const kept = id ? store.findSent(id) : undefined;
      return kept && library.proto.Message.decode(kept);
    },
  });
  // Before the library's own listener: that one opens the message.
  socket.ws.prependListener('CB:message', journal.see);
  socket.ev.on('creds.update', () => auth.saveCreds());
  groups.follow(socket);
  return { socket, ...watch(socket, { deps, auth, wish, events }) };
}

function watch(
  socket: WhatsAppSocket,
  known: { deps: SessionDeps; auth: AuthState; wish: LinkWish | undefined; events: SessionEvents },
): Omit<Session, 'socket'> {
  const { auth, wish, events, deps } = known;
  let hasAsked = false;

  async function offerLink(qr: string): Promise<void> {
    if (wish?.phoneNumber === undefined) return events.onLinking({ phase: 'qr', qr });
    // The code stays good for as long as the connection; a second one would spoil it.
    if (hasAsked) return;
    hasAsked = true;
    const code = await socket.requestPairingCode(wish.phoneNumber);
    events.onLinking({ phase: 'code', code });
  }

  const ended = new Promise<number | undefined>((resolve) => {
    socket.ev.on('connection.update', ({ qr, connection, lastDisconnect }) => {
      if (qr !== undefined && !isLinked(auth.creds)) {
        offerLink(qr).catch((error: unknown) => {
          deps.log.warn('whatsapp.no-link-code', { error: describeError(error) });
          end();
        });
      }
      if (connection === 'open') events.onOpen(socket);
      if (connection === 'close') resolve(codeOf(lastDisconnect?.error));
    });
  });
  function end(): void {
    void socket.end(undefined);
    // The library waits for the other side's good-bye, which a dead one never says.
    terminate(socket);
  }
  return { ended, end };
}

function codeOf(error: unknown): number | undefined {
  const output = typeof error === 'object' && error !== null && 'output' in error ? error.output : undefined;
  const code = typeof output === 'object' && output !== null && 'statusCode' in output ? output.statusCode : undefined;
  return typeof code === 'number' ? code : undefined;
}

function terminate(socket: WhatsAppSocket): void {
  const inner: unknown = Reflect.get(socket.ws, 'socket');
  if (typeof inner === 'object' && inner !== null && 'terminate' in inner && typeof inner.terminate === 'function') {
    inner.terminate();
  }
}
