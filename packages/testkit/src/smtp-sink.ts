import type { AddressInfo, Socket } from 'node:net';
import { buffer as readBuffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A mail that was handed in, as it came. */
export interface SentMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
}

/** What becomes of the next mails that are handed in. */
export interface SmtpFault {
  /** An answer instead of taking it, or a connection that breaks before or after it was taken. */
  readonly does: { code: number; text: string } | 'break-before' | 'break-after';
  times: number;
}

export interface SmtpSink {
  readonly port: number;
  readonly sent: readonly SentMail[];
  /** Of these, the ones whose sender was never told. */
  readonly untold: readonly SentMail[];
  readonly faults: SmtpFault[];
  close(): Promise<void>;
}

export interface SmtpSinkOptions {
  /** Whether a name and its password or token belong together. */
  readonly mayLogIn: (name: string, secret: string) => boolean;
  /** A mail was taken. */
  readonly onTaken: (mail: SentMail) => void;
}

/** A mail server on loopback that takes mails with npm's `smtp-server`, and sends none. */
export async function startSmtpSink({ mayLogIn, onTaken }: SmtpSinkOptions): Promise<SmtpSink> {
  const sent: SentMail[] = [];
  const untold: SentMail[] = [];
  const faults: SmtpFault[] = [];
  const sockets = new Set<Socket>();
  const take = (mail: SentMail): void => {
    sent.push(mail);
    onTaken(mail);
  };
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    allowInsecureAuth: true,
    // Names of clients are not looked up: there may be no network.
    disableReverseLookup: true,
    onAuth({ username, password, accessToken }, _session, done) {
      const name = username ?? '';
      if (mayLogIn(name, password ?? accessToken ?? '')) return done(null, { user: name });
      done(Object.assign(new Error('5.7.8 Username and Password not accepted.'), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      void readBuffer(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const mail = { from, to: rcptTo.map(({ address }) => address), raw };
        const fault = faults[0];
        if (fault !== undefined && --fault.times <= 0) faults.shift();
        if (fault === undefined) {
          take(mail);
          done();
        } else if (typeof fault.does === 'object') {
          done(Object.assign(new Error(fault.does.text), { responseCode: fault.does.code }));
        } else {
          if (fault.does === 'break-after') {
            take(mail);
            untold.push(mail);
          }
          breakAll();
        }
      }, done);
    },
  });
  server.on('error', () => undefined);
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    sent,
    untold,
    faults,
    async close() {
      breakAll();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}
