import { randomBytes } from 'node:crypto';
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  type BinaryNode,
  Curve,
  derivePairingCodeKey,
  hkdf,
  hmacSign,
  type KeyPair,
  proto,
} from '@whiskeysockets/baileys';
import { bytesOf, child, node, SERVER_JID, seconds } from './nodes.ts';
import type { DeviceKeys, Person } from './person.ts';

/** A client that waits to be linked to the phone. */
export interface Candidate {
  readonly staticKey: Buffer;
  readonly registration: proto.ClientPayload.IDevicePairingRegistrationData;
  readonly send: (node: BinaryNode) => void;
}

/** Where the linked device will be found. */
export interface DeviceAddress {
  readonly jid: string;
  readonly lid: string;
}

/** How long the library shows each of these is its own affair. */
export function pairingRefs(): BinaryNode {
  const refs = Array.from({ length: 6 }, (_, index) => node('ref', {}, Buffer.from(`2@ref${index}`)));
  const attrs = { from: SERVER_JID, type: 'set', id: 'pair', xmlns: 'md' };
  return node('iq', attrs, [node('pair-device', {}, refs)]);
}

/** What the phone reads from a QR code: it must be of this very client. Gives the secret in it. */
export function readQr(qr: string, { staticKey, registration }: Candidate): Buffer {
  const [, noise = '', identity = '', secret = ''] = (qr.split('#').at(-1) ?? '').split(',');
  const isTheirs = Buffer.from(noise, 'base64').equals(staticKey);
  if (!isTheirs || !Buffer.from(identity, 'base64').equals(Buffer.from(registration.eIdent ?? []))) {
    throw new Error('the QR code is of another device');
  }
  return Buffer.from(secret, 'base64');
}

/** The phone's word that this client is a device of its account, sealed with the secret that both know. */
export function pairSuccess(phone: Person, candidate: Candidate, known: { secret: Buffer; address: DeviceAddress }) {
  const identity = Buffer.from(candidate.registration.eIdent ?? []);
  const details = proto.ADVDeviceIdentity.encode({ rawId: 1, timestamp: Number(seconds()), keyIndex: 1 }).finish();
  const message = Buffer.concat([Buffer.from([6, 0]), details, identity]);
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: phone.identity.public,
    accountSignature: Curve.sign(phone.identity.private, message),
  }).finish();
  const hmac = hmacSign(signed, known.secret);
  const sealed = proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish();
  const attrs = { from: SERVER_JID, type: 'set', id: 'paired', xmlns: 'md', t: seconds() };
  return node('iq', attrs, [
    node('pair-success', {}, [
      node('device-identity', {}, sealed),
      node('platform', { name: 'android' }),
      node('device', { jid: known.address.jid, lid: known.address.lid }),
    ]),
  ]);
}

export function deviceKeys({ registration }: Candidate): DeviceKeys {
  return {
    registrationId: Buffer.from(registration.eRegid ?? []).readUInt32BE(0),
    identity: Buffer.from(registration.eIdent ?? []),
    signedPreKey: {
      keyId: Buffer.from(registration.eSkeyId ?? []).readUIntBE(0, 3),
      publicKey: Buffer.from(registration.eSkeyVal ?? []),
      signature: Buffer.from(registration.eSkeySig ?? []),
    },
    preKeys: [],
  };
}

/** Linking by a code that the owner types into the phone: the server carries, the phone computes. */
export function createCodeLink(hello: BinaryNode, phone: Person) {
  const wrapped = bytesOf(child(hello, 'link_code_companion_reg'), 'link_code_pairing_wrapped_companion_ephemeral_pub');
  const ephemeral: KeyPair = Curve.generateKeyPair();
  let companion: Buffer | undefined;

  return {
    /** The owner types the code: what the phone sends to the client. */
    async type(code: string): Promise<BinaryNode> {
      const key = await derivePairingCodeKey(code, wrapped.subarray(0, 32));
      companion = aesDecryptCTR(wrapped.subarray(48, 80), key, wrapped.subarray(32, 48));
      const [salt, iv] = [randomBytes(32), randomBytes(16)];
      const ours = aesEncryptCTR(ephemeral.public, await derivePairingCodeKey(code, salt), iv);
      return node('notification', { from: SERVER_JID, type: 'link_code_companion_reg', id: 'code', t: seconds() }, [
        node('link_code_companion_reg', { stage: 'primary_hello' }, [
          node('link_code_pairing_ref', {}, Buffer.from('ref')),
          node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, Buffer.concat([salt, iv, ours])),
          node('primary_identity_pub', {}, phone.identity.public),
        ]),
      ]);
    },
    /** The client's answer: the secret, if it was the right code. */
    secretOf(finish: BinaryNode): Buffer {
      const bundle = bytesOf(child(finish, 'link_code_companion_reg'), 'link_code_pairing_wrapped_key_bundle');
      if (companion === undefined) throw new Error('nobody has typed a code');
      const shared = Curve.sharedKey(ephemeral.private, companion);
      const salt = bundle.subarray(0, 32);
      const key = hkdf(shared, 32, { salt: Buffer.from(salt), info: 'link_code_pairing_key_bundle_encryption_key' });
      const opened = aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), Buffer.alloc(0));
      const [identity, random] = [opened.subarray(0, 32), opened.subarray(64)];
      const secret = Buffer.concat([shared, Curve.sharedKey(phone.identity.private, identity), random]);
      return Buffer.from(hkdf(secret, 32, { info: 'adv_secret' }));
    },
  };
}
