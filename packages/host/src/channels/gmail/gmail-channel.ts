import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Channel, ChannelCondition, Inbox, OutgoingText, SendOutcome } from '../channel.ts';
import { splitText } from '../split-text.ts';
import { compose } from './compose.ts';
import type { GmailStore } from './gmail-store.ts';
import { connectImap, type ImapAccount, isLoginRefused } from './imap-client.ts';
import { TooLate } from './in-time.ts';
import { createLogin } from './login.ts';
import { openMailbox, type ReceiveDeps, type ThreadChats, takeNew } from './receive.ts';
import { findSent, keepSent } from './sent-mails.ts';
import { MAIL_LIMITS, type MailLimits } from './servers.ts';
import type { MailSettings } from './settings.ts';
import { handIn } from './smtp-client.ts';
import { outgoingId } from './thread.ts';

/** Longest text of one mail, in UTF-16 code units. A mail takes more; whoever reads it does not. */
export const MAX_TEXT_CHARS = 100_000;

/** Largest file that is sent, in bytes: base64 makes it a third larger, and Gmail takes 25 MB. */
export const MAX_SENT_FILE_BYTES = 17 * 1024 * 1024;

export interface GmailDeps {
  readonly settings: MailSettings;
  readonly chats: ThreadChats;
  readonly store: GmailStore;
  readonly inbox: Inbox;
  readonly assistantName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Tests wait less. */
  readonly limits?: MailLimits;
}

/** Chats `gmail:<thread>` over IMAP and SMTP. Connects by itself, for as long as it takes. */
export function createGmailChannel(deps: GmailDeps): Channel {
  const { settings, clock } = deps;
  const limits = deps.limits ?? MAIL_LIMITS;
  const login = createLogin(settings.credentials, clock.now);
  const account = { ...settings, login, limits, clock };
  const stopping = new AbortController();
  let condition: ChannelCondition = { phase: 'connecting' };
  const receiving = receiveMails(deps, { account, signal: stopping.signal, onCondition: (now) => (condition = now) });
  const sending = { ...deps, account, signal: stopping.signal };

  return {
    name: 'gmail',
    // Every mail has an id of ours, and the mailbox for sent mails can be asked for it.
    doubt: 'readable',
    owns: (chatJid) => chatJid.startsWith('gmail:'),
    condition: () => condition,
    split: (text) => splitText(text, MAX_TEXT_CHARS),
    send: (message) => sendMail(sending, message, {}),
    async sendFile(file) {
      if (file.bytes > MAX_SENT_FILE_BYTES) {
        return { kind: 'refused', reason: `it is larger than the ${MAX_SENT_FILE_BYTES} bytes that a mail can carry` };
      }
      const { name, mime, path, caption } = file;
      return sendMail(sending, { ...file, text: caption }, { file: { name, mime, path } });
    },
    findSent: (message) => findSent(account, idOf(settings.address, message), stopping.signal),
    // Mail shows nobody that somebody is writing.
    setTyping: async () => undefined,
    async stop() {
      stopping.abort('stopping');
      await receiving;
    },
  };
}

interface Sending extends GmailDeps {
  readonly account: ImapAccount & MailSettings & { readonly limits: MailLimits };
  readonly signal: AbortSignal;
}

async function sendMail(
  { store, account, assistantName, clock, log, signal }: Sending,
  message: OutgoingText,
  { file }: { file?: { name: string; mime: string; path: string } },
): Promise<SendOutcome> {
  try {
    const thread = store.thread(message.chatJid);
    if (thread === undefined)
      return { kind: 'refused', reason: 'nobody has written in this thread: there is nothing to answer' };
    const id = idOf(account.address, message);
    const from = { name: message.sender ?? assistantName, address: account.address };
    const date = new Date(message.createdAt ?? clock.now());
    const raw = await compose({ thread, id, from, text: message.text, date, ...(file === undefined ? {} : { file }) });
    store.sending(id, message.chatJid, clock.now());
    const outcome = await handIn(account, { to: [thread.to, ...thread.cc], raw }, signal);
    if (outcome.kind !== 'sent') return outcome;
    await keepSent(account, { id, raw }, signal).catch(() =>
      log.warn('gmail.sent-mail-not-kept', { chat: message.chatJid }),
    );
    return { kind: 'sent', platformId: id };
  } catch (error) {
    // Nothing was handed in yet: the mail could not be made, or the database is full.
    return { kind: 'retry', reason: describeFailure(error) };
  }
}

function idOf(address: string, { outboxId, part, createdAt = 0 }: OutgoingText): string {
  return outgoingId({ outboxId, part, createdAt }, address);
}

interface Receiving {
  readonly account: ImapAccount & MailSettings;
  readonly signal: AbortSignal;
  readonly onCondition: (condition: ChannelCondition) => void;
}

/** Keeps a line to the mailbox and takes what comes, until it is told to stop. Never rejects. */
async function receiveMails(deps: GmailDeps, { account, signal, onCondition }: Receiving): Promise<void> {
  const { settings } = deps;
  const receive: ReceiveDeps = { ...deps, ...settings, key: `${settings.address}/${settings.mailbox}` };
  let failures = 0;
  while (!signal.aborted) {
    try {
      const line = await connectImap(account, signal);
      try {
        await openMailbox(receive, line);
        while (!signal.aborted) {
          await takeNew(receive, line, signal);
          onCondition({ phase: 'connected' });
          failures = 0;
          await line.rest();
        }
      } finally {
        await line.close();
      }
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      const reason = describeFailure(error, settings);
      onCondition({ phase: 'down', reason });
      const ms = cappedRetryDelayMs(failures, deps.random(), account.limits.pause);
      deps.log.warn('channel.down', { channel: 'gmail', failures, ms, reason });
      await deps.clock.sleep(ms, signal);
    }
  }
}

/** One sentence for the owner. Messages of the libraries may hold what was said to the server, and are not used. */
function describeFailure(error: unknown, settings?: MailSettings): string {
  if (error instanceof NanoError) return error.message;
  if (isLoginRefused(error)) return refusedLogin(settings);
  if (error instanceof TooLate) return `the mail server gave ${error.message}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `the mail server cannot be used (${/^[A-Za-z_]{3,40}$/.test(code) ? code : 'the connection failed'})`;
}

function refusedLogin(settings: MailSettings | undefined): string {
  return settings?.credentials.kind === 'oauth'
    ? 'the mail server does not take the token: check GMAIL_ADDRESS and give the permission again (docs/channels/gmail.md)'
    : 'the mail server does not take the password: check GMAIL_ADDRESS, and that GMAIL_APP_PASSWORD is an app password (16 letters), not that of your Google account';
}
