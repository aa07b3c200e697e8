import { type FaultyWire, startFaultyWire } from './faulty-wire.ts';
import { startPrivateDovecot } from './private-dovecot.ts';
import { rawMail, type WrittenMail } from './raw-mail.ts';
import { type SentMail, type SmtpFault, startSmtpSink } from './smtp-sink.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

/** A mail provider on loopback: a real Dovecot for what comes in, npm's smtp-server for what goes out. */
export interface MailServer {
  readonly address: string;
  readonly password: string;
  readonly imapUrl: string;
  readonly smtpUrl: string;
  /** The way to Dovecot, and all that can go wrong on it. */
  readonly imap: FaultyWire;
  readonly oauth: TokenServer;
  readonly sent: readonly SentMail[];
  /** Of these, the ones whose sender was never told. */
  readonly untold: readonly SentMail[];
  readonly smtpFaults: SmtpFault[];
  /** Is called with every mail that was taken. */
  onSent(listener: (raw: Buffer) => void): void;
  /** Whether what is sent is put into Sent by the server itself, as Gmail does; it is at first. */
  keepSent(isKept: boolean): void;
  /** Somebody writes to the address; gives the mail's Message-ID. Fields overwrite those of an ordinary mail of Ann's. */
  write(mail?: WrittenMail): string;
  /** Any mail as it is. */
  push(raw: Buffer | string, mailbox?: string): void;
  close(): Promise<void>;
}

const ADDRESS = 'andy@mail.test';
const PASSWORD = 'abcd efgh ijkl mnop';

export async function startMailServer(): Promise<MailServer> {
  const oauth = await startTokenServer(ADDRESS);
  // Google shows app passwords in four groups and takes them with and without spaces.
  const users = { [ADDRESS]: PASSWORD.replaceAll(' ', '') };
  const dovecot = await startPrivateDovecot({ users, introspection: oauth.introspection });
  let isSentKept = true;
  const listeners: ((raw: Buffer) => void)[] = [];
  const smtp = await startSmtpSink({
    mayLogIn: (name, secret) => name === ADDRESS && (secret === users[ADDRESS] || oauth.isValid(secret)),
    onTaken: ({ to, raw }) => {
      if (isSentKept) dovecot.deliver(ADDRESS, 'Sent', raw);
      for (const listener of listeners) listener(raw);
      if (to.includes(ADDRESS)) dovecot.deliver(ADDRESS, 'INBOX', raw);
    },
  });
  const imap = await startFaultyWire({ path: dovecot.socket });
  let written = 0;
  return {
    address: ADDRESS,
    password: PASSWORD,
    imapUrl: `imap://127.0.0.1:${imap.port}`,
    smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
    imap,
    oauth,
    sent: smtp.sent,
    untold: smtp.untold,
    smtpFaults: smtp.faults,
    onSent: (listener) => void listeners.push(listener),
    keepSent(isKept) {
      isSentKept = isKept;
    },
    write(mail = {}) {
      const messageId = mail.messageId ?? `<written-${++written}@example.test>`;
      dovecot.deliver(ADDRESS, 'INBOX', rawMail({ to: ADDRESS, ...mail, messageId }));
      return messageId;
    },
    push: (raw, mailbox = 'INBOX') => dovecot.deliver(ADDRESS, mailbox, Buffer.from(raw)),
    async close() {
      await imap.close();
      await smtp.close();
      await dovecot.stop();
      await oauth.close();
    },
  };
}
