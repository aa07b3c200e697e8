import { createHash } from 'node:crypto';
import PostalMime, { type Address, addressParser, type Email, type Mailbox } from 'postal-mime';
import { NanoError } from '../../kernel/errors.ts';

/** A mail as the channel sees it. Nothing in it is trusted: everybody can write anything into a mail. */
export interface Mail {
  /** Without angle brackets; made from the mail itself where it has none. */
  readonly id: string;
  /** The mails it belongs to, oldest first. */
  readonly references: readonly string[];
  readonly inReplyTo: string | undefined;
  readonly subject: string;
  /** Undefined where the mail names nobody or several: then nobody can say whose it is. */
  readonly from: MailAddress | undefined;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly files: readonly MailFile[];
  /** Every line of the head by its name in lower case, in order; names come more than once. */
  readonly head: readonly HeadLine[];
}

export interface MailAddress {
  readonly name: string;
  /** In lower case. */
  readonly address: string;
}

export interface MailFile {
  readonly name: string;
  readonly mime: string;
  readonly content: Buffer;
}

export interface HeadLine {
  readonly key: string;
  readonly value: string;
}

/** Most bytes of all heads of one mail. */
const MAX_HEAD_BYTES = 256 * 1024;

/** How deep parts may lie in parts. */
const MAX_DEPTH = 30;

/** Longest id that is kept as it is, in UTF-16 code units. */
const MAX_ID_CHARS = 200;

/** Most ids that are read from one mail: threads are long, attacks longer. */
const MAX_REFERENCES = 100;

/** Longest name or subject, in UTF-16 code units. */
const MAX_LINE_CHARS = 200;

/** Reads a mail, or its head alone. Throws NanoError 'message-refused' for what is no mail. */
export async function readMail(raw: Buffer): Promise<Mail> {
  const email = await parse(raw);
  const [references, inReplyTo] = [idsOf(email.references ?? ''), idsOf(email.inReplyTo ?? '')[0]];
  return {
    id: idsOf(email.messageId ?? '')[0] ?? `${createHash('sha256').update(raw).digest('hex').slice(0, 32)}@no-id`,
    references,
    inReplyTo,
    subject: oneLine(email.subject ?? ''),
    from: onlySender(email),
    to: mailboxes(email.to).map(({ address }) => address),
    cc: mailboxes(email.cc).map(({ address }) => address),
    text: email.text,
    html: email.html,
    files: email.attachments.map(({ filename, mimeType, content }) => ({
      name: oneLine(filename ?? ''),
      mime: mimeType,
      content: typeof content === 'string' ? Buffer.from(content) : bufferOf(content),
    })),
    head: email.headers,
  };
}

async function parse(raw: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(raw, {
      maxNestingDepth: MAX_DEPTH,
      maxHeadersSize: MAX_HEAD_BYTES,
      forceRfc822Attachments: true,
    });
  } catch (cause) {
    throw new NanoError('message-refused', 'a mail cannot be read: its parts are not as mails are', { cause });
  }
}

/** A mail of several people, or with several senders' lines, is nobody's: programs do not agree on whom to show. */
function onlySender({ headers }: Email): MailAddress | undefined {
  const lines = headers.filter(({ key }) => key === 'from');
  const all = lines.flatMap(({ value }) => addressParser(value, { flatten: true }));
  return lines.length === 1 && all.length === 1 ? mailboxes(all)[0] : undefined;
}

function mailboxes(addresses: readonly (Address | undefined)[] = []): MailAddress[] {
  const flat = addresses.flatMap((one): Mailbox[] => (one === undefined ? [] : (one.group ?? [one as Mailbox])));
  return flat
    .map(({ name, address }) => ({ name: oneLine(name), address: address.trim().toLowerCase() }))
    .filter(({ address }) => isAddress(address));
}

/** Whether a text is a mail address, in lower case, without names, comments or quotes. */
export function isAddress(text: string): boolean {
  return /^[^\s\p{C}<>()",;:\\[\]@]{1,64}@[a-z0-9\u0080-\uffff](?:[a-z0-9.\u0080-\uffff-]{0,252})$/u.test(text);
}

/** Ids without their brackets; one that is too long or odd becomes its own hash, so that it stays comparable. */
export function idsOf(text: string): string[] {
  const found = text.slice(0, MAX_HEAD_BYTES).match(/[^\s<>,]+/g) ?? [];
  const most = found.length > MAX_REFERENCES ? [...found.slice(0, 1), ...found.slice(1 - MAX_REFERENCES)] : found;
  return most.map((id) =>
    id.length <= MAX_ID_CHARS && /^[\x21-\x7e]+$/.test(id)
      ? id
      : `${createHash('sha256').update(id).digest('hex').slice(0, 32)}@odd-id`,
  );
}

/** One line that can stand in a prompt, a list and the head of a mail. */
export function oneLine(text: string): string {
  const plain = text
    .slice(0, 10 * MAX_LINE_CHARS)
    .replaceAll(/[\s\p{C}\u2028\u2029]+/gu, ' ')
    .trim();
  return plain.length <= MAX_LINE_CHARS
    ? plain
    : `${plain.slice(0, MAX_LINE_CHARS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function bufferOf(content: ArrayBuffer | Uint8Array): Buffer {
  return content instanceof ArrayBuffer
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}
