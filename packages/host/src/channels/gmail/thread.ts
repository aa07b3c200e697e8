import { createHash } from 'node:crypto';
import type { ChatJid } from '../../messages/message.ts';
import { isAddress, type Mail } from './mail.ts';

/** What an answer has to say of the thread it goes to. */
export interface Thread {
  readonly chatJid: ChatJid;
  readonly subject: string;
  /** Who wrote last, and who else of those that may write takes part. */
  readonly to: string;
  readonly cc: readonly string[];
  /** The newest mail of the thread, and all before it, without brackets. */
  readonly lastId: string;
  readonly references: readonly string[];
}

/** Most mails that an answer names as before it: the first and the newest. */
const MAX_REFERENCES = 20;

/** Gmail's own number of the thread, in the form that its other interfaces give and v1 stored. */
export function gmailThreadChat(threadId: string): ChatJid | undefined {
  if (!/^\d{1,20}$/.test(threadId)) return undefined;
  return `gmail:${BigInt(threadId).toString(16)}` as ChatJid;
}

/** The chat of a thread at a server that numbers none: by its first mail. */
export function threadChat(firstId: string): ChatJid {
  return `gmail:${createHash('sha256').update(firstId).digest('hex').slice(0, 24)}` as ChatJid;
}

/** The thread after this mail. `others` are the addresses that may take part. */
export function threadAfter(chatJid: ChatJid, mail: Mail, mayTakePart: (address: string) => boolean): Thread {
  const to = mail.from?.address ?? '';
  const present = new Set([...mail.to, ...mail.cc].filter((address) => address !== to && mayTakePart(address)));
  const before = mail.references.length > 0 ? mail.references : mail.inReplyTo === undefined ? [] : [mail.inReplyTo];
  return {
    chatJid,
    subject: mail.subject,
    to,
    cc: [...present].filter(isAddress),
    lastId: mail.id,
    references: shorten(before.filter((id) => id !== mail.id)),
  };
}

/** What the answer names as before it. */
export function referencesOf(thread: Pick<Thread, 'references' | 'lastId'>): readonly string[] {
  return shorten([...thread.references, thread.lastId]);
}

/** The subject of an answer: "Re:" once, in front. */
export function replySubject(subject: string): string {
  if (subject === '') return 'Re: (no subject)';
  return /^(re|aw|sv|antw)\s*(\[\d+\])?\s*:/i.test(subject) ? subject : `Re: ${subject}`;
}

/** The subject without what answering and forwarding have put in front of it. */
export function plainSubject(subject: string): string {
  return subject.replace(/^((re|aw|sv|antw|fwd?|wg)\s*(\[\d+\])?\s*:\s*)+/i, '');
}

function shorten(ids: readonly string[]): string[] {
  return ids.length <= MAX_REFERENCES ? [...ids] : [...ids.slice(0, 1), ...ids.slice(1 - MAX_REFERENCES)];
}

/**
 * The Message-ID of one part of an outgoing text, without brackets: the same at every attempt, and never again for another
 * text, a database from a backup included, which gives its numbers a second time.
 */
export function outgoingId(part: { outboxId: number; part: number; createdAt: number }, ownAddress: string): string {
  const { outboxId, part: number, createdAt } = part;
  return `nanoclaw.${outboxId}.${number}.${createdAt.toString(36)}@${ownAddress.slice(ownAddress.lastIndexOf('@') + 1)}`;
}
