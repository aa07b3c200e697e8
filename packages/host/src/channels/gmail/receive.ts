import { describeError, NanoError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../../messages/message.ts';
import type { Inbox } from '../channel.ts';
import { type AdmissionRules, admit, isListed } from './admission.ts';
import type { Cursor, GmailStore } from './gmail-store.ts';
import type { ImapLine, MailHead } from './imap-client.ts';
import { type Mail, readMail } from './mail.ts';
import { MAX_MAIL_FILES, normalizeMail, threadChatInfo } from './normalize.ts';
import { gmailThreadChat, threadAfter, threadChat } from './thread.ts';

/** Largest mail that is fetched, in bytes; Gmail takes none over 25 MB, which base64 makes a third larger. */
export const MAX_MAIL_BYTES = 36 * 1024 * 1024;

/** Most mails of one thread that are taken within an hour: whoever writes more is a program that answers ours. */
export const MAX_MAILS_PER_HOUR = 30;

/** Most threads that are begun within a day and become chats of their own. */
export const MAX_THREADS_PER_DAY = 100;

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

export interface ReceiveDeps {
  readonly mailbox: string;
  /** Names the mailbox among all that were ever read. */
  readonly key: string;
  readonly rules: AdmissionRules;
  readonly chats: ThreadChats;
  readonly store: GmailStore;
  readonly inbox: Inbox;
  readonly log: Log;
}

/** Which chat a thread is, or is told in. */
export interface ThreadChats {
  /** The word that wakes the agent of a registered chat, or null where it needs none; undefined: it is not registered. */
  wakeWordOf(chatJid: ChatJid): string | null | undefined;
  /** Makes a thread a chat of its own, where the owner wants that. False: it is told in main. */
  begin(chat: ChatInfo): boolean;
  main(): ChatJid | undefined;
}

/** Opens the mailbox and says from where on it is to be read; a mailbox that was never read is read from now on. */
export async function openMailbox(deps: ReceiveDeps, line: ImapLine): Promise<Cursor> {
  const { uidValidity, uidNext } = await line.open(deps.mailbox);
  const known = deps.store.cursor(deps.key);
  if (known?.uidValidity === uidValidity) return known;
  const cursor = { uidValidity, lastUid: uidNext - 1, arrivedAt: known?.arrivedAt ?? 0 };
  if (known !== undefined && known.arrivedAt > 0) {
    // The numbers are new (a restored mailbox): what arrived since then is read again; what is known is stored once.
    const [first] = await line.uids({ since: known.arrivedAt - DAY_MS });
    if (first !== undefined) cursor.lastUid = first - 1;
    deps.log.warn('gmail.mailbox-renumbered', { from: cursor.lastUid });
  }
  deps.store.moveCursor(deps.key, cursor);
  return cursor;
}

/** Takes what is new, in order. The cursor moves only after a mail is stored: what breaks off is taken up there again. */
export async function takeNew(deps: ReceiveDeps, line: ImapLine, signal: AbortSignal): Promise<void> {
  const from = deps.store.cursor(deps.key);
  if (from === undefined) return;
  for (const uid of await line.uids({ after: from.lastUid })) {
    if (signal.aborted) return;
    const head = await line.head(uid);
    if (head !== undefined) await takeOne(deps, line, head);
    const arrivedAt = head?.arrivedAt ?? 0;
    deps.store.moveCursor(deps.key, { uidValidity: from.uidValidity, lastUid: uid, arrivedAt });
  }
}

async function takeOne(deps: ReceiveDeps, line: ImapLine, head: MailHead): Promise<void> {
  try {
    const first = await readMail(head.raw);
    const verdict = admit(first, deps.rules);
    if (!verdict.admitted) {
      deps.log.debug('gmail.mail-ignored', { uid: head.uid, reason: verdict.reason });
      return;
    }
    const mail = head.bytes > MAX_MAIL_BYTES ? tooLarge(first) : await wholeMail(line, head.uid);
    if (mail === undefined || !(await keep(deps, head, mail))) return;
  } catch (error) {
    if (!(error instanceof NanoError) || error.code !== 'message-refused') throw error;
    deps.inbox.quarantine('gmail', describeError(error), head.raw.toString('latin1').slice(0, MAX_KEPT_HEAD_CHARS));
    return;
  }
  await line.markSeen(head.uid);
}

/** Of a mail that cannot be read, as much is kept aside. */
const MAX_KEPT_HEAD_CHARS = 20_000;

async function wholeMail(line: ImapLine, uid: number): Promise<Mail | undefined> {
  const raw = await line.whole(uid);
  return raw === undefined ? undefined : readMail(raw);
}

function tooLarge(head: Mail): Mail {
  return {
    ...head,
    text: `[the mail is larger than ${MAX_MAIL_BYTES} bytes and was not fetched]`,
    html: undefined,
    files: [],
  };
}

/** Hands a mail over. False when there is no chat for it. */
async function keep(deps: ReceiveDeps, head: MailHead, mail: Mail): Promise<boolean> {
  const { store, inbox, rules, chats } = deps;
  const thread = threadOf(store, head, mail);
  if (isTooMuch(store, { thread, mail, now: head.arrivedAt })) {
    inbox.quarantine('gmail', `more than ${MAX_MAILS_PER_HOUR} mails within an hour in ${thread}`, mail.subject);
    return false;
  }
  const chatJid = placeOf(deps, { thread, mail, now: head.arrivedAt });
  if (chatJid === undefined) return false;
  const mayTakePart = (address: string): boolean => address !== rules.ownAddress && isListed(address, rules.allowed);
  // Before the message: whoever reads it can answer it.
  store.take(threadAfter(thread, mail, mayTakePart), head.arrivedAt);
  const wakeWord = chats.wakeWordOf(chatJid) ?? undefined;
  const placement = { thread, chatJid, wakeWord, ownAddress: rules.ownAddress, arrivedAt: head.arrivedAt };
  const message = normalizeMail(mail, placement);
  const chat = threadChatInfo(mail, thread);
  if (chatJid !== thread) inbox.chatSeen(chat);
  const place = chatJid === thread ? chat : { jid: chatJid, channel: 'gmail', isGroup: false };
  inbox.receive(place, await withFiles(inbox, message, mail));
  return true;
}

/** Gmail's number, else the thread of a mail that it names, else the first mail that it names, else itself. */
function threadOf(store: GmailStore, { threadId }: MailHead, mail: Mail): ChatJid {
  const numbered = threadId === undefined ? undefined : gmailThreadChat(threadId);
  if (numbered !== undefined) return numbered;
  const before = [...mail.references, ...(mail.inReplyTo === undefined ? [] : [mail.inReplyTo])];
  for (const id of before.toReversed()) {
    const known = store.chatOf(id);
    if (known !== undefined) return known;
  }
  return threadChat(before[0] ?? mail.id);
}

function isTooMuch(store: GmailStore, { thread, mail, now }: { thread: ChatJid; mail: Mail; now: number }): boolean {
  return store.chatOf(mail.id) !== thread && store.mailsSince(thread, now - HOUR_MS) >= MAX_MAILS_PER_HOUR;
}

/** The chat a mail is told in: its thread's own, else main. */
function placeOf(
  { chats, store, log }: ReceiveDeps,
  { thread, mail, now }: { thread: ChatJid; mail: Mail; now: number },
): ChatJid | undefined {
  if (chats.wakeWordOf(thread) !== undefined) return thread;
  const mayBegin = store.threadsSince(now - DAY_MS) < MAX_THREADS_PER_DAY;
  if (mayBegin && chats.begin(threadChatInfo(mail, thread))) return thread;
  const main = chats.main();
  if (main === undefined) log.warn('gmail.no-chat-for-mail', { thread });
  return main;
}

async function withFiles(inbox: Inbox, message: InboundMessage, mail: Mail): Promise<InboundMessage> {
  if (message.attachments === undefined || !inbox.wantsFiles(message)) return message;
  const attachments: Attachment[] = [];
  const words: string[] = [];
  for (const [index, attachment] of message.attachments.entries()) {
    const file = mail.files[index];
    if (file === undefined || index >= MAX_MAIL_FILES) {
      attachments.push(attachment);
      continue;
    }
    const { name, content } = file;
    attachments.push({
      ...attachment,
      ...inbox.keepFile(message, { name: `${index + 1}-${name || attachment.type}`, content }),
    });
    const said = attachment.type === 'audio' ? await inbox.transcribe(content) : undefined;
    if (said !== undefined) words.push(said);
  }
  return { ...message, content: [message.content, ...words].join(' '), attachments };
}
