import type { proto } from '@whiskeysockets/baileys';
import type { Wording } from './contents.ts';
import type { DeviceKeys } from './person.ts';

/** A message that WhatsApp has taken, as those see it who get it; the same id is shown once. */
export interface WhatsAppSent {
  readonly id: string;
  /** A group, or the phone number's address. */
  readonly chat: string;
  readonly text: string;
  /** Id of the message that it answers. */
  readonly quoted?: string;
  readonly file?: WhatsAppSentFile;
  readonly message: proto.IMessage;
}

/** A file that came with a message: sealed, at its path. */
export interface WhatsAppSentFile {
  readonly as: 'image' | 'audio' | 'video' | 'document';
  readonly name: string;
  readonly mime: string;
  readonly path: string;
  readonly key: Uint8Array;
}

/** A device that was linked to the phone of another server of this kind, for servers that know it from the start. */
export interface LinkedDevice {
  readonly keys: DeviceKeys;
  readonly staticKey: Buffer;
}

/** What goes wrong with the next logins or messages; the first that matches is used up by `times` of them. */
export interface WhatsAppFault {
  readonly on: 'login' | 'message';
  /** A refusal by its code, or a connection that breaks before or after it took effect. */
  readonly does: 'break-before' | 'break-after' | { readonly error: string } | { readonly failure: number };
  times: number;
}

export interface WhatsAppPerson {
  readonly name: string;
  /** Without `+`. */
  readonly number: string;
  readonly lid: string;
  /** Of the phone number. */
  readonly jid: string;
}

/** WhatsApp on loopback: one account with a phone and at most one linked device, the people it knows, their groups. */
export interface WhatsAppServer {
  /** For `WHATSAPP_WS_URL`. */
  readonly url: string;
  /** The account's phone number, without `+`, and the user of its `@lid` address. */
  readonly number: string;
  readonly lid: string;
  readonly sent: readonly WhatsAppSent[];
  /** Of these, the ones whose sender was never told. */
  readonly untold: readonly WhatsAppSent[];
  /** Ids that came again. */
  readonly repeats: readonly string[];
  readonly faults: WhatsAppFault[];
  /** As `<chat> composing` or `<chat> paused`. */
  readonly typing: readonly string[];
  /** As `<type> <chat> <message>`. */
  readonly receipts: readonly string[];
  /** As `<chat>/<message> <emoji>`. */
  readonly reactions: readonly string[];
  /** The content of a file that was sent. */
  open(file: WhatsAppSentFile): Buffer;
  /** What the server could not understand. */
  problems(): readonly string[];
  logins(): number;
  person(who: Omit<WhatsAppPerson, 'jid'>): WhatsAppPerson;
  /** The account is always in it. */
  group(jid: string, subject: string, members: readonly WhatsAppPerson[]): void;
  rename(jid: string, subject: string): void;
  /** Somebody writes, in their private chat unless a group is named; the phone's owner to themself or to whom `chat` is. */
  write(
    from: WhatsAppPerson | 'phone',
    text: string,
    options?: Wording & { chat?: string; addressing?: 'pn' | 'lid' },
  ): string;
  /** The same message once more. */
  repeat(id: string): void;
  /** Messages that the device has not said to have. */
  unconfirmed(): number;
  /** As it is now. */
  device(): LinkedDevice | undefined;
  isLinked(): boolean;
  isOnline(): boolean;
  /** The phone reads a QR code. */
  scan(qr: string): void;
  /** The owner types a code into the phone. */
  typeCode(code: string): Promise<void>;
  /** Breaks the connection. */
  drop(): void;
  /** Ends the connection with a reason. */
  streamError(code: number, conflict?: 'replaced' | 'device_removed'): void;
  /** The owner removes the device on the phone. */
  unlink(): void;
  close(): Promise<void>;
}

/** The library is large, so it is loaded only where it is used. */
export async function startWhatsAppServer(device?: LinkedDevice): Promise<WhatsAppServer> {
  const { startServer } = await import('./server.ts');
  return startServer(device);
}
