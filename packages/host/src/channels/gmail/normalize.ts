import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../../messages/message.ts';
import { htmlToText } from './html-text.ts';
import type { Mail, MailFile } from './mail.ts';
import { withoutQuotes } from './quotes.ts';
import { plainSubject } from './thread.ts';

/** Longest text of a mail that reaches an agent, in UTF-16 code units; what is longer is cut and says so. */
export const MAX_MAIL_CHARS = 100_000;

/** Most files of one mail that are kept; of the others the agent is told. */
export const MAX_MAIL_FILES = 20;

export interface Placement {
  /** The thread of the mail. */
  readonly thread: ChatJid;
  /** The chat it is told in: its own, or main. */
  readonly chatJid: ChatJid;
  /** The word that wakes the agent there; undefined where none is needed. */
  readonly wakeWord: string | undefined;
  readonly ownAddress: string;
  readonly arrivedAt: number;
}

/** A mail in the host's terms. Pure; nothing of it is trusted to be short, of one line, or true. */
export function normalizeMail(mail: Mail, placement: Placement): InboundMessage {
  const { thread, chatJid, arrivedAt } = placement;
  const sender = mail.from?.address ?? '';
  const senderName = mail.from?.name || sender;
  const attachments = mail.files.map(attachmentOf);
  const labels = attachments.map(({ type, name }) => (name === '' ? `[${type}]` : `[${type}: ${name}]`));
  const words = [...labels, textOf(mail)].filter((part) => part !== '').join(' ');
  const isTold = chatJid !== thread;
  const content = isTold ? notice(mail, { thread, words }) : ownChatText(mail, { words, ...placement });
  return {
    id: mail.id,
    chatJid,
    sender,
    senderName,
    content,
    timestamp: new Date(arrivedAt).toISOString(),
    ...(mail.inReplyTo === undefined || isTold ? {} : { replyTo: { id: mail.inReplyTo } }),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

export function threadChatInfo(mail: Mail, thread: ChatJid): ChatInfo {
  const name = plainSubject(mail.subject);
  const isGroup = mail.to.length + mail.cc.length > 1;
  return { jid: thread, channel: 'gmail', isGroup, ...(name === '' ? {} : { name }) };
}

/** As v1 told main of mails; with the chat by which main can answer. */
function notice({ from, subject }: Mail, { thread, words }: { thread: ChatJid; words: string }): string {
  const whom = from === undefined ? 'nobody' : `${from.name || from.address} <${from.address}>`;
  return `[Email from ${whom}]\nSubject: ${subject}\nChat: ${thread}\n\n${words}`;
}

/**
 * A thread begins with its subject. Where a trigger is needed, a mail that is addressed to the assistant has called it; one
 * of which it gets a copy has not.
 */
function ownChatText(
  mail: Mail,
  { words, wakeWord, ownAddress }: { words: string; wakeWord: string | undefined; ownAddress: string },
): string {
  const isFirst = mail.references.length === 0 && mail.inReplyTo === undefined;
  const isCommand = /^\/[a-z]+$/i.test(words.split(/\s/, 1)[0] ?? '');
  const text = isFirst && !isCommand && mail.subject !== '' ? `${words}\n\n(Subject: ${mail.subject})` : words;
  return wakeWord !== undefined && mail.to.includes(ownAddress) ? `${wakeWord} ${text}` : text;
}

function textOf({ text, html }: Mail): string {
  const hasText = text !== undefined && text.trim() !== '';
  const whole = hasText ? text : html === undefined ? '' : htmlToText(html);
  const own = withoutQuotes(whole.slice(0, 10 * MAX_MAIL_CHARS).replaceAll(/[^\P{Cc}\n\t]/gu, ''));
  if (own.length <= MAX_MAIL_CHARS) return own;
  const cut = own.slice(0, MAX_MAIL_CHARS).replace(/[\uD800-\uDBFF]$/, '');
  return `${cut}\n\n[the mail goes on for ${own.length - cut.length} characters, which are not shown]`;
}

function attachmentOf({ name, mime }: MailFile, index: number): Attachment {
  const kind = mime.split('/')[0];
  const type = kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document';
  const problem = index < MAX_MAIL_FILES ? {} : { problem: `only ${MAX_MAIL_FILES} files of a mail are kept` };
  return { type, name, ...problem };
}
