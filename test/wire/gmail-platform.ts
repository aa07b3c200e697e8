import { createGmailChannel } from '@nanoclaw/host/channels/gmail/gmail-channel.js';
import { createGmailStore } from '@nanoclaw/host/channels/gmail/gmail-store.js';
import { connectImap } from '@nanoclaw/host/channels/gmail/imap-client.js';
import { createLogin } from '@nanoclaw/host/channels/gmail/login.js';
import { type Mail, readMail } from '@nanoclaw/host/channels/gmail/mail.js';
import { MAIL_LIMITS } from '@nanoclaw/host/channels/gmail/servers.js';
import { type MailSettings, mailSettings } from '@nanoclaw/host/channels/gmail/settings.js';
import { threadChat } from '@nanoclaw/host/channels/gmail/thread.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import {
  type ChannelParts,
  type MailServer,
  type Place,
  type PlatformUnderTest,
  type SaidOnPlatform,
  startMailServer,
  type WrittenMail,
} from '@nanoclaw/testkit';

/** Real waits, but for the pauses between attempts: a busy machine needs the limits, and the suite nothing of the pauses. */
const LIMITS = { ...MAIL_LIMITS, pause: 300 };

const ROOTS: Readonly<Record<Place, string>> = {
  private: 'begins-private@example.test',
  group: 'begins-group@example.test',
  thread: 'begins-thread@example.test',
};

/** A mailbox at a real Dovecot for the conformance suite: three threads that have begun before. */
export async function gmailPlatform(): Promise<PlatformUnderTest> {
  const server = await startMailServer();
  const wrongPassword = 'zzzz yyyy xxxx wwww';
  const settings = settingsFor(server, server.password);
  const uidValidity = await uidValidityOf(settings);
  const said: SaidOnPlatform[] = [];
  server.onSent((raw) => void readMail(raw).then((mail) => said.push(asSaid(mail))));
  const connect = (password: string) => (parts: ChannelParts) => {
    const store = createGmailStore(parts.stores.database);
    if (store.cursor(KEY) === undefined) {
      store.moveCursor(KEY, { uidValidity, lastUid: 0, arrivedAt: 0 });
      for (const place of PLACES) store.take(threadOf(place), systemClock.now());
    }
    const wakeWordOf = (jid: string): string | undefined =>
      CHATS.includes(jid) ? parts.triggerOf(chats.private) : undefined;
    const threads = { wakeWordOf, begin: () => false, main: () => undefined };
    const own = { clock: systemClock, limits: LIMITS, assistantName: 'Andy', settings: settingsFor(server, password) };
    return createGmailChannel({ ...parts, ...own, chats: threads, store });
  };
  return {
    chats,
    connect: connect(server.password),
    connectWrongly: connect(wrongPassword),
    secrets: [server.password, server.password.replaceAll(' ', ''), wrongPassword, wrongPassword.replaceAll(' ', '')],
    write: (place, text, how = {}) => unbracketed(server.write(mailOf(place, text, how))),
    said: () => said,
    failNextSend: (fault) => void server.smtpFaults.push({ does: FAULTS[fault], times: 1 }),
    drop: server.imap.drop,
    stop: server.close,
  };
}

const PLACES = ['private', 'group', 'thread'] as const;
const chats = {
  private: threadChat(ROOTS.private),
  group: threadChat(ROOTS.group),
  thread: threadChat(ROOTS.thread),
};
const CHATS: readonly string[] = Object.values(chats);
const KEY = 'andy@mail.test/INBOX';

const FAULTS = {
  busy: { code: 421, text: '4.7.0 Try again later' },
  broken: 'break-before',
  unheard: 'break-after',
} as const;

export function settingsFor(server: MailServer, password: string): MailSettings {
  const settings = mailSettings({
    GMAIL_ADDRESS: server.address,
    GMAIL_APP_PASSWORD: password,
    GMAIL_IMAP_URL: server.imapUrl,
    GMAIL_SMTP_URL: server.smtpUrl,
    GMAIL_ALLOWED_SENDERS: 'ann@example.test, ben@example.test, bot@example.test',
    GMAIL_CHECKED_BY: 'mx.mail.test',
  });
  if (settings === undefined) throw new Error('these are settings');
  return settings;
}

/** As a host knows it that has been there before: then everything that comes is new. */
async function uidValidityOf(settings: MailSettings): Promise<string> {
  const login = createLogin(settings.credentials, systemClock.now);
  const account = { ...settings, login, limits: LIMITS, clock: systemClock };
  const line = await connectImap(account, new AbortController().signal);
  const { uidValidity } = await line.open(settings.mailbox);
  await line.close();
  return uidValidity;
}

function threadOf(place: Place) {
  const lastId = ROOTS[place];
  return { chatJid: chats[place], subject: `About ${place}`, to: 'ann@example.test', cc: [], lastId, references: [] };
}

function mailOf(place: Place, text: string, how: NonNullable<Parameters<PlatformUnderTest['write']>[2]>): WrittenMail {
  const { by = 'ann', mentions = false, file, replyTo } = how;
  const from = { ann: undefined, bot: 'Bot <bot@example.test>', assistant: 'Andy <andy@mail.test>' }[by];
  const isNamed = place === 'private' || mentions;
  return {
    text,
    subject: `Re: About ${place}`,
    references: [`<${ROOTS[place]}>`],
    ...(from === undefined ? {} : { from }),
    ...(replyTo === undefined ? {} : { inReplyTo: `<${replyTo}>` }),
    to: isNamed ? 'andy@mail.test' : 'ben@example.test',
    head: [...(isNamed ? [] : ['Cc: andy@mail.test']), ...(by === 'bot' ? ['Auto-Submitted: auto-generated'] : [])],
    ...(file === undefined ? {} : { files: [file] }),
  };
}

function asSaid(mail: Mail): SaidOnPlatform {
  const place = PLACES.find((one) => mail.references[0] === ROOTS[one]) ?? 'private';
  const [file] = mail.files;
  return { place, text: mail.text ?? '', ...(file === undefined ? {} : { file }) };
}

function unbracketed(id: string): string {
  return id.replaceAll(/[<>]/g, '');
}
