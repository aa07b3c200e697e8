import { ImapFlow } from 'imapflow';
import type { Clock } from '../../kernel/clock.ts';
import { assert } from '../../kernel/errors.ts';
import { inTime } from './in-time.ts';
import type { Login } from './login.ts';
import type { MailHost, MailLimits } from './servers.ts';

export interface ImapAccount {
  readonly address: string;
  readonly imap: MailHost;
  readonly login: Login;
  readonly limits: MailLimits;
  readonly clock: Clock;
}

/** A mail in the open mailbox, without what it says. */
export interface MailHead {
  readonly uid: number;
  readonly raw: Buffer;
  readonly bytes: number;
  /** When the server got it, in milliseconds. */
  readonly arrivedAt: number;
  /** Gmail's number of its thread, as Gmail writes it. */
  readonly threadId: string | undefined;
}

/** One open line to the mail server. Every call rejects once it is broken; then a new line is to be made. */
export interface ImapLine {
  /** Gmail's servers number threads, and keep what is sent. */
  readonly isGmail: boolean;
  open(mailbox: string): Promise<{ uidValidity: string; uidNext: number }>;
  /** The mailbox for mails that were sent, by what the server says it is for. */
  sentMailbox(): Promise<string | undefined>;
  /** Numbers of mails in the open mailbox, ascending: behind another, or that arrived since a day. */
  uids(wanted: { after: number } | { since: number } | { id: string }): Promise<number[]>;
  head(uid: number): Promise<MailHead | undefined>;
  whole(uid: number): Promise<Buffer | undefined>;
  markSeen(uid: number): Promise<void>;
  append(mailbox: string, raw: Buffer): Promise<void>;
  /** Waits until something may have come, and has seen then that the server still answers. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/** How long a server is waited for when it is said goodbye to, in milliseconds. */
const MAX_GOODBYE_MS = 2_000;

/** Connects and logs in. A line never comes back: after an error or `signal` it is made anew. */
export async function connectImap(account: ImapAccount, signal: AbortSignal): Promise<ImapLine> {
  const { clock, limits, login, address } = account;
  const client = new ImapFlow({ ...connectionOptions(account), auth: authOf(address, await login.proof(signal)) });
  // What breaks a line reaches the command that waits, too; without a listener it would end the process.
  client.on('error', () => undefined);
  const cut = (): void => client.close();
  signal.addEventListener('abort', cut, { once: true });
  client.on('close', () => signal.removeEventListener('abort', cut));
  try {
    await inTime(client.connect(), { ms: limits.connect, clock, onLate: cut });
    signal.throwIfAborted();
  } catch (error) {
    if (isLoginRefused(error)) login.refused();
    cut();
    throw error;
  }
  return lineOf(client, account);
}

function connectionOptions({ imap, limits }: ImapAccount) {
  return {
    host: imap.host,
    port: imap.port,
    secure: imap.encryption === 'tls',
    ...(imap.encryption === 'tls' ? {} : { doSTARTTLS: imap.encryption === 'starttls' }),
    logger: false as const,
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: limits.connect,
    greetingTimeout: limits.connect,
    socketTimeout: limits.rest + limits.transfer,
  };
}

function authOf(user: string, proof: { password: string } | { accessToken: string }) {
  return 'password' in proof ? { user, pass: proof.password } : { user, accessToken: proof.accessToken };
}

function lineOf(client: ImapFlow, { clock, limits }: ImapAccount): ImapLine {
  let mayHaveNews = false;
  let nap = new AbortController();
  const wake = (): void => {
    mayHaveNews = true;
    nap.abort('woken');
  };
  client.on('exists', wake);
  client.on('close', wake);
  const cut = (): void => client.close();
  const ask = <T>(work: Promise<T>, ms = limits.answer): Promise<T> => inTime(work, { ms, clock, onLate: cut });
  const isGmail = client.capabilities.has('X-GM-EXT-1');

  return {
    isGmail,
    async open(mailbox) {
      const { uidValidity, uidNext } = await ask(client.mailboxOpen(mailbox));
      return { uidValidity: String(uidValidity), uidNext };
    },
    async sentMailbox() {
      const all = await ask(client.list());
      return all.find(({ specialUse }) => specialUse === '\\Sent')?.path;
    },
    async uids(wanted) {
      const query =
        'after' in wanted
          ? { uid: `${wanted.after + 1}:*` }
          : 'since' in wanted
            ? { since: new Date(wanted.since) }
            : { header: { 'message-id': `<${wanted.id}>` } };
      const found = await ask(client.search(query, { uid: true }));
      assert(Array.isArray(found), 'a mail server answers a search');
      // "Behind the newest" gives the newest again.
      const after = 'after' in wanted ? wanted.after : 0;
      return found.filter((uid) => uid > after).sort((a, b) => a - b);
    },
    async head(uid) {
      const query = { uid: true, headers: true, size: true, internalDate: true, threadId: isGmail };
      const found = await ask(client.fetchOne(String(uid), query, { uid: true }));
      if (!found || found.headers === undefined) return undefined;
      const { headers, size = 0, internalDate = 0, threadId } = found;
      const arrivedAt = new Date(internalDate).getTime();
      return { uid, raw: headers, bytes: size, arrivedAt, threadId: isGmail ? threadId : undefined };
    },
    async whole(uid) {
      const found = await ask(client.fetchOne(String(uid), { source: true }, { uid: true }), limits.transfer);
      return found ? found.source : undefined;
    },
    async markSeen(uid) {
      await ask(client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true }));
    },
    async append(mailbox, raw) {
      await ask(client.append(mailbox, raw, ['\\Seen']), limits.transfer);
    },
    async rest() {
      nap = new AbortController();
      if (!mayHaveNews && client.usable) {
        // It ends when the next command is given, or with the line: nobody has to wait for it.
        client.idle().catch(() => undefined);
        await clock.sleep(limits.rest, nap.signal);
      }
      mayHaveNews = false;
      await ask(client.noop());
      assert(client.usable, 'the line to the mail server is whole');
    },
    async close() {
      const goodbye = client.usable ? client.logout() : Promise.resolve();
      await inTime(goodbye, { ms: MAX_GOODBYE_MS, clock, onLate: cut }).catch(() => undefined);
      cut();
    },
  };
}

/** True when the server does not take the password or the token. */
export function isLoginRefused(error: unknown): boolean {
  return error instanceof Error && 'authenticationFailed' in error && error.authenticationFailed === true;
}
