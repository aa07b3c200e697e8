import { join } from 'node:path';
import { MAILBOX } from '@nanoclaw/protocol';
import { type Allowance, createAllowance } from '../kernel/allowance.ts';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError, NanoError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { type Log, limitLog } from '../kernel/log.ts';
import {
  type HostilePath,
  isMissing,
  listHostileDirectory,
  readHostileFile,
  removeHostileFile,
  writeHostileFile,
} from '../kernel/safe-files.ts';
import type { QuarantineStore } from '../store/quarantine-store.ts';
import type { Recorder } from '../store/record-files.ts';
import { type AppliedRequest, type ApplyDeps, applyRequest, type RequestingRun, requestId } from './apply-request.ts';
import type { WatchFolders } from './mailbox-watch.ts';

/** The safety net for lost file events, in milliseconds. */
export const MAILBOX_POLL_MS = 2_000;

/** Most documents of one group taken in one sweep, so that no group keeps the others waiting. */
export const MAX_DOCUMENTS_PER_SWEEP = 20;

/** A sweep that has taken this long takes nothing more, in milliseconds: a document can be slow to read. */
const MAX_SWEEP_MS = 20;

/** Documents that one run may send at once, and a second after that. What is too much waits in the mailbox. */
export const MAX_DOCUMENTS_AT_ONCE = 100;
const DOCUMENTS_PER_SECOND = 5;

/** Largest request read, in bytes: every field at its limit, each character escaped. */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;

/** Most log lines that one run may cause through its mailbox. */
const MAX_LOG_LINES_PER_RUN = 50;

export interface Mailboxes {
  /** Watches the mailbox of a live sandbox until `close`, which looks a last time. */
  open(requester: RequestingRun, directory: string): OpenedMailbox;
  stop(): Promise<void>;
}

export interface OpenedMailbox {
  /** Takes what is there now: what an agent asked for before it spoke comes before what it said. */
  look(): void;
  close(): void;
}

interface OpenMailbox extends ApplyDeps {
  readonly requester: RequestingRun;
  readonly directory: string;
  readonly allowance: Allowance;
  readonly quarantine: QuarantineStore;
  readonly record: Recorder;
  readonly log: Log;
}

/** Reads the requests of live sandboxes. Events wake the sweep; a slow poll is the safety net. */
export function startMailboxes(
  deps: ApplyDeps & { clock: Clock; watch: WatchFolders; quarantine: QuarantineStore; record: Recorder; log: Log },
  signal: AbortSignal,
): Mailboxes {
  const open = new Set<OpenMailbox>();
  const loop = startLoop({
    clock: deps.clock,
    everyMs: MAILBOX_POLL_MS,
    signal,
    onError: (error) => deps.log.error('mailbox.failed', { error: describeError(error) }),
    body() {
      for (const mailbox of open) sweep(mailbox);
    },
  });
  return {
    open(requester, directory) {
      const { clock } = deps;
      const allowance = createAllowance({
        most: MAX_DOCUMENTS_AT_ONCE,
        perSecond: DOCUMENTS_PER_SECOND,
        now: clock.now,
      });
      const mailbox = { ...deps, requester, directory, allowance, log: limitLog(deps.log, MAX_LOG_LINES_PER_RUN) };
      open.add(mailbox);
      const folders = FOLDERS.map((name) => join(directory, name));
      const watching = deps.watch({ folders, clock, look: () => sweep(mailbox) });
      return {
        look: () => sweep(mailbox),
        close() {
          watching.close();
          open.delete(mailbox);
          sweep(mailbox);
        },
      };
    },
    stop: () => loop.stopped,
  };
}

const FOLDERS = [MAILBOX.messages, MAILBOX.tasks] as const;

/** Never throws: whatever one mailbox holds, the others are looked at. */
function sweep(mailbox: OpenMailbox): void {
  const facts = { group: mailbox.requester.folder };
  const startedAt = mailbox.now();
  for (const folder of FOLDERS) {
    const place = { root: mailbox.directory, below: [folder] };
    const maxEntries = Math.min(MAX_DOCUMENTS_PER_SWEEP, Math.floor(mailbox.allowance.left()));
    if (maxEntries < 1) return;
    try {
      for (const name of listHostileDirectory({ ...place, maxEntries, isWanted: isDocument })) {
        if (mailbox.now() - startedAt > MAX_SWEEP_MS) break;
        mailbox.allowance.use(1);
        takeDocument(mailbox, { root: mailbox.directory, below: [folder, name] });
      }
    } catch (error) {
      mailbox.log.warn('mailbox.sweep-failed', { ...facts, folder, error: describeError(error) });
    }
  }
}

function isDocument(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.');
}

/**
 * Each document is taken at most once: it is gone before it is applied, because the turn of a run that a crash has cut
 * off is run again as a whole. The agent is told what became of it, also when the host could not do it.
 */
function takeDocument(mailbox: OpenMailbox, place: HostilePath): void {
  const { requester, directory, log } = mailbox;
  const bytes = readDocument(mailbox, place);
  removeHostileFile(place);
  failpoint('request-removed');
  if (bytes === undefined) return;
  const { id, answer, isMalformed } = applySafely(mailbox, bytes);
  if (isMalformed && answer?.ok === false) setAside(mailbox, answer.error, bytes.toString('utf8'));
  failpoint('request-applied');
  if (answer?.ok === false) log.warn('mailbox.request-refused', { group: requester.folder, reason: answer.error });
  if (id === undefined || answer === undefined) return;
  const below = [MAILBOX.responses, `${id}.json`];
  writeHostileFile({ root: directory, below, content: JSON.stringify(answer) });
}

/** Undefined for what no document can be; failures of the machine are thrown, and the document stays for later. */
function readDocument(mailbox: OpenMailbox, place: HostilePath): Buffer | undefined {
  const { requester, log } = mailbox;
  try {
    return readHostileFile({ ...place, maxBytes: MAX_REQUEST_BYTES });
  } catch (error) {
    if (!(error instanceof NanoError) && !isMissing(error)) throw error;
    log.warn('mailbox.document-refused', { group: requester.folder, error: describeError(error) });
    if (!isMissing(error)) setAside(mailbox, describeError(error), '');
    return undefined;
  }
}

/** Kept for the owner to look at. A store that fails keeps nothing, and does not stop the sweep. */
function setAside({ quarantine, requester, now, log }: OpenMailbox, reason: string, content: string): void {
  try {
    quarantine.add({ source: 'mailbox', owner: requester.folder, reason, content }, now());
  } catch (error) {
    log.warn('mailbox.not-quarantined', { group: requester.folder, error: describeError(error) });
  }
}

function applySafely(mailbox: OpenMailbox, bytes: Buffer): AppliedRequest {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { id: undefined, answer: { ok: false, error: 'the request is not JSON' }, isMalformed: true };
  }
  try {
    const applied = applyRequest(mailbox, mailbox.requester, document);
    if (applied.answer?.ok === false) recordRefusal(mailbox, document, applied.answer.error);
    return applied;
  } catch (error) {
    mailbox.log.error('mailbox.request-failed', { group: mailbox.requester.folder, error: describeError(error) });
    return { id: requestId(document), answer: { ok: false, error: 'the host could not do it; its log tells why' } };
  }
}

/** What an agent may not do and tried is told by what it asked for, in short: it may be of any size. */
function recordRefusal({ requester, record, now }: OpenMailbox, document: unknown, refused: string): void {
  const { type, chatJid, jid } = (document ?? {}) as Record<string, unknown>;
  const short = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, 200) : undefined);
  const detail = { type: short(type), chat: short(chatJid) ?? short(jid), refused };
  record.add({ kind: 'request', group: requester.folder, detail, now: now() });
}
