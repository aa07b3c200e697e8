import {
  addTransactionCapability,
  type BinaryNode,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  encodeBigEndian,
  encodeWAMessage,
  generateSignalPubKey,
  initAuthCreds,
  type proto,
  type SignalDataSet,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import { SILENT_LOGGER } from './silent-logger.ts';

/** What the server knows of the linked device, so that people can write to it. */
export interface DeviceKeys {
  readonly registrationId: number;
  readonly identity: Uint8Array;
  signedPreKey: { keyId: number; publicKey: Uint8Array; signature: Uint8Array };
  /** Used once each. */
  preKeys: { keyId: number; publicKey: Uint8Array }[];
}

export interface Encrypted {
  readonly type: string;
  readonly ciphertext: Uint8Array;
}

/** Somebody with WhatsApp on a phone: their own keys, and a Signal session with whom they write to. */
export interface Person {
  readonly name: string;
  /** The phone number, without `+`. */
  readonly number: string;
  /** The user of their `@lid` address. */
  readonly lid: string;
  readonly identity: ReturnType<typeof initAuthCreds>['signedIdentityKey'];
  readonly repository: ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;
  /** Keys by which a session with this person is begun; the one-time key is a new one each time. */
  bundle(jid: string): Promise<BinaryNode>;
  encrypt(to: { jid: string; keys: DeviceKeys }, message: proto.IMessage): Promise<Encrypted>;
  /** The next text begins a new session, as after the other side has said that it could not read. */
  forget(jid: string): Promise<void>;
}

export function createPerson({ number, lid, name }: { number: string; lid: string; name: string }): Person {
  const creds = initAuthCreds();
  const keys = addTransactionCapability(memoryKeys(), SILENT_LOGGER, { maxCommitRetries: 1, delayBetweenTriesMs: 1 });
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, SILENT_LOGGER, async () => []);
  let preKeyId = 0;

  return {
    name,
    number,
    lid,
    identity: creds.signedIdentityKey,
    repository,
    async bundle(jid) {
      const preKey = Curve.generateKeyPair();
      const id = ++preKeyId;
      await keys.set({ 'pre-key': { [id]: preKey } });
      const { keyId, keyPair, signature } = creds.signedPreKey;
      const value = (tag: string, content: Uint8Array): BinaryNode => ({ tag, attrs: {}, content });
      const content: BinaryNode[] = [
        value('registration', encodeBigEndian(creds.registrationId)),
        value('type', Buffer.from([5])),
        value('identity', creds.signedIdentityKey.public),
        {
          tag: 'skey',
          attrs: {},
          content: [
            value('id', encodeBigEndian(keyId, 3)),
            value('value', keyPair.public),
            value('signature', signature),
          ],
        },
        { tag: 'key', attrs: {}, content: [value('id', encodeBigEndian(id, 3)), value('value', preKey.public)] },
      ];
      return { tag: 'user', attrs: { jid }, content };
    },
    async encrypt({ jid, keys: device }, message) {
      if (!(await repository.validateSession(jid)).exists) {
        const preKey = device.preKeys.shift();
        const session = {
          registrationId: device.registrationId,
          identityKey: generateSignalPubKey(device.identity),
          signedPreKey: signalKey(device.signedPreKey),
          ...(preKey === undefined ? {} : { preKey: signalKey(preKey) }),
        };
        await repository.injectE2ESession({ jid, session });
      }
      return repository.encryptMessage({ jid, data: encodeWAMessage(message) });
    },
    forget: (jid) => repository.deleteSession([jid]),
  };
}

function signalKey<Key extends { publicKey: Uint8Array }>(key: Key): Key {
  return { ...key, publicKey: generateSignalPubKey(key.publicKey) };
}

function memoryKeys(): SignalKeyStore {
  const values = new Map<string, unknown>();
  return {
    get: async (type, ids) => Object.fromEntries(ids.map((id) => [id, values.get(`${type}/${id}`)])) as never,
    async set(data: SignalDataSet) {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) {
          if (value === null) values.delete(`${type}/${id}`);
          else values.set(`${type}/${id}`, value);
        }
      }
    },
  };
}
