import type { Clock } from '../../kernel/clock.ts';
import { describeError, NanoError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Inbox } from '../channel.ts';
import type { AuthStore } from './auth-store.ts';
import type { MediaFile } from './content.ts';
import { RECEIVED, type ReceivedMessage } from './journal.ts';
import type { WhatsAppLibrary } from './library.ts';
import { fetchMedia } from './media.ts';
import { type NormalizeContext, type Normalized, normalize } from './normalize.ts';

/** How long one file may take, in milliseconds; the messages behind it wait for it. */
const MAX_FETCH_MS = 60_000;

/** How long to wait when a message could not be stored, in milliseconds. */
const STORE_PAUSE_MS = 5_000;

/** Opened messages that are looked at together. */
const BATCH = 50;

export interface IntakeDeps {
  readonly library: WhatsAppLibrary;
  readonly store: AuthStore;
  readonly inbox: Inbox;
  readonly context: () => NormalizeContext;
  readonly mediaRoot: string;
  /** A message was handed over. */
  readonly onStored: (key: ReceivedMessage['key']) => void;
  readonly onProblem: (problem: string | undefined) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Hands opened messages over, in order, each until it is stored; those too that an earlier process has left. */
export function startIntake(deps: IntakeDeps) {
  const stopping = new AbortController();
  let working: Promise<void> | undefined;
  let isWanted = false;

  async function work(): Promise<void> {
    do {
      isWanted = false;
      try {
        while (!stopping.signal.aborted && (await takeBatch(deps, stopping.signal)));
        deps.onProblem(undefined);
      } catch (error) {
        if (stopping.signal.aborted) return;
        const problem = `a message could not be stored: ${describeError(error)}`;
        deps.onProblem(problem);
        deps.log.error('whatsapp.not-stored', { error: describeError(error) });
        await deps.clock.sleep(STORE_PAUSE_MS, stopping.signal);
        isWanted = true;
      }
    } while (isWanted && !stopping.signal.aborted);
    working = undefined;
  }

  return {
    wake(): void {
      isWanted = true;
      working ??= work();
    },
    async stop(): Promise<void> {
      stopping.abort();
      await working;
    },
  };
}

/** True when there may be more. Throws when one could not be stored: it and those behind it stay. */
async function takeBatch(deps: IntakeDeps, signal: AbortSignal): Promise<boolean> {
  const waiting = deps.store.list(RECEIVED, BATCH);
  for (const { id, value } of waiting) {
    const received = JSON.parse(value) as ReceivedMessage;
    const event = read(deps, received, value);
    if (event !== undefined) hand(deps.inbox, await withFile(deps, event, signal));
    if (signal.aborted) return false;
    deps.store.save([{ kind: RECEIVED, id, value: undefined }]);
    if (event?.kind === 'message' && deps.inbox.wantsFiles(event.message)) deps.onStored(received.key);
  }
  return waiting.length > 0;
}

/** What cannot be understood is kept aside and holds nothing up. */
function read({ library, context, inbox }: IntakeDeps, received: ReceivedMessage, raw: string): Normalized | undefined {
  try {
    const message = library.proto.Message.decode(Buffer.from(received.message, 'base64'));
    return normalize(received, message, context());
  } catch (error) {
    inbox.quarantine('whatsapp', `a message has an unknown form: ${describeError(error)}`, raw);
    return undefined;
  }
}

function hand(inbox: Inbox, event: Normalized): void {
  if (event.kind === 'message') inbox.receive(event.chat, event.message);
  else if (event.kind === 'edited') inbox.edited(event.chatJid, event.id, event.content, event.at);
  else if (event.kind === 'deleted') inbox.deleted(event.chatJid, event.id, event.at);
}

/** The same with its file, if it can be had; else it is told why not. */
async function withFile(deps: IntakeDeps, event: Normalized, signal: AbortSignal): Promise<Normalized> {
  if (event.kind !== 'message') return event;
  const [attachment] = event.message.attachments ?? [];
  if (attachment === undefined || !deps.inbox.wantsFiles(event.message)) return event;
  const { message, file } = event;
  try {
    const content = await fetched(deps, file, signal);
    const name = attachment.name === '' ? attachment.type : attachment.name;
    const kept = { ...attachment, ...deps.inbox.keepFile(message, { name, content }) };
    const said = attachment.type === 'voice' ? await deps.inbox.transcribe(content) : undefined;
    const words = said === undefined ? message.content : `${message.content} ${said}`;
    return { ...event, message: { ...message, content: words, attachments: [kept] } };
  } catch (error) {
    const problem = error instanceof NanoError ? error.message : 'it could not be fetched';
    deps.log.warn('whatsapp.file-not-fetched', { chat: message.chatJid, problem: describeError(error) });
    return { ...event, message: { ...message, attachments: [{ ...attachment, problem }] } };
  }
}

function fetched(deps: IntakeDeps, file: MediaFile | undefined, signal: AbortSignal): Promise<Buffer> {
  if (file === undefined) throw new NanoError('file-refused', 'its message does not say where it lies');
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MAX_FETCH_MS)]);
  return fetchMedia(deps.library, file, { root: deps.mediaRoot, signal: limit });
}
