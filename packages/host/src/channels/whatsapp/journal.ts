import type {
  BinaryNode,
  proto,
  SignalDataSet,
  SignalKeyStoreWithTransaction,
  SocketConfig,
} from '@whiskeysockets/baileys';
import type { WhatsAppLibrary } from './library.ts';

type MakeRepository = SocketConfig['makeSignalRepository'];

/** Kind of key under which an opened message waits to be handed over. */
export const RECEIVED = 'received';

/** A message that was opened, as it is written down. */
export interface ReceivedMessage {
  readonly key: proto.IMessageKey & { remoteJidAlt?: string; participantAlt?: string };
  /** Seconds. */
  readonly at: number;
  readonly pushName: string | null;
  /** The encoded message, in Base64. */
  readonly message: string;
}

export interface Journal {
  /** To be told of every message of the socket before the library opens it. */
  see(stanza: BinaryNode): void;
  readonly makeSignalRepository: MakeRepository;
}

/**
 * The library confirms a message to WhatsApp before it tells anybody of it, and its keys have moved on by then: a host
 * that dies in between has lost it. So what was opened is written down in the very transaction in which the keys move on.
 */
export function createJournal(
  library: WhatsAppLibrary,
  { me, onWritten }: { me: () => { id: string; lid: string }; onWritten: () => void },
): Journal {
  const stanzas = new WeakMap<Uint8Array, BinaryNode>();

  function written(sealed: Uint8Array, padded: Uint8Array): Record<string, ReceivedMessage> {
    const stanza = stanzas.get(sealed);
    if (stanza === undefined || stanza.attrs['category'] === 'peer') return {};
    const decoded = library.proto.Message.decode(library.unpadRandomMax16(padded));
    const message = decoded.deviceSentMessage?.message ?? decoded;
    if (!isForPeople(message)) return {};
    const { id, lid } = me();
    const { fullMessage } = library.decodeMessageNode(stanza, id, lid);
    const { key, messageTimestamp, pushName } = fullMessage;
    const encoded = Buffer.from(library.proto.Message.encode(message).finish()).toString('base64');
    const entry = { key, at: Number(messageTimestamp ?? 0), pushName: pushName ?? null, message: encoded };
    return { [`${key.remoteJid} ${key.participant ?? ''} ${key.id}`]: entry };
  }

  function makeSignalRepository(...parts: Parameters<MakeRepository>): ReturnType<MakeRepository> {
    const [auth] = parts;
    const repository = library.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(...parts);
    const keys = auth.keys as SignalKeyStoreWithTransaction;
    /** Opens and writes down in one transaction; the library's own one becomes a part of it. */
    async function open(lock: string, sealed: Uint8Array, decrypt: () => Promise<Uint8Array>): Promise<Uint8Array> {
      let hasEntry = false;
      const padded = await keys.transaction(async () => {
        const content = await decrypt();
        const entry = written(sealed, content);
        hasEntry = Object.keys(entry).length > 0;
        if (hasEntry) await keys.set({ [RECEIVED]: entry } as SignalDataSet);
        return content;
      }, lock);
      if (hasEntry) onWritten();
      return padded;
    }
    return {
      ...repository,
      decryptMessage: (sealed) => open(sealed.jid, sealed.ciphertext, () => repository.decryptMessage(sealed)),
      decryptGroupMessage: (sealed) => open(sealed.group, sealed.msg, () => repository.decryptGroupMessage(sealed)),
    };
  }

  return {
    see(stanza) {
      if (!Array.isArray(stanza.content)) return;
      for (const { content } of stanza.content) if (content instanceof Uint8Array) stanzas.set(content, stanza);
    },
    makeSignalRepository,
  };
}

/** Not keys, histories and other affairs of the devices among themselves; a deletion and an edit are people's. */
function isForPeople(message: proto.IMessage): boolean {
  const { senderKeyDistributionMessage: _key, messageContextInfo: _context, protocolMessage, ...content } = message;
  // REVOKE and MESSAGE_EDIT.
  if (protocolMessage) return protocolMessage.type === 0 || protocolMessage.type === 14;
  return Object.values(content).some((value) => value !== null && value !== undefined);
}
