import { createHash } from 'node:crypto';
import {
  aesDecryptGCM,
  aesEncryptGCM,
  Curve,
  hkdf,
  type KeyPair,
  NOISE_MODE,
  NOISE_WA_HEADER,
  proto,
} from '@whiskeysockets/baileys';

const NOTHING = Buffer.alloc(0);

/** The server's side of Noise_XX_25519_AESGCM_SHA256, in the form that WhatsApp gives it. */
export function createNoiseResponder(identity: KeyPair, certificates: Buffer) {
  const ephemeral = Curve.generateKeyPair();
  let hash = Buffer.from(NOISE_MODE);
  let salt: Uint8Array = hash;
  let key: Uint8Array = hash;
  let handshakeCount = 0;
  let sending = { key: NOTHING as Uint8Array, count: 0 };
  let receiving = { key: NOTHING as Uint8Array, count: 0 };

  function authenticate(content: Uint8Array): void {
    hash = createHash('sha256')
      .update(Buffer.concat([hash, content]))
      .digest();
  }
  function expand(content: Uint8Array): [Uint8Array, Uint8Array] {
    const keys = hkdf(content, 64, { salt, info: '' });
    return [keys.subarray(0, 32), keys.subarray(32)];
  }
  function mix(content: Uint8Array): void {
    [salt, key] = expand(content);
    handshakeCount = 0;
  }
  function seal(content: Uint8Array): Buffer {
    const sealed = aesEncryptGCM(content, key, nonce(handshakeCount++), hash);
    authenticate(sealed);
    return sealed;
  }
  function open(sealed: Uint8Array): Buffer {
    const content = aesDecryptGCM(sealed, key, nonce(handshakeCount++), hash);
    authenticate(sealed);
    return content;
  }

  return {
    /** Answers the client's first frame. */
    greet(frame: Uint8Array): Uint8Array {
      const theirs = Buffer.from(proto.HandshakeMessage.decode(frame).clientHello?.ephemeral ?? NOTHING);
      authenticate(NOISE_WA_HEADER);
      authenticate(theirs);
      authenticate(ephemeral.public);
      mix(Curve.sharedKey(ephemeral.private, theirs));
      const sealedIdentity = seal(identity.public);
      mix(Curve.sharedKey(identity.private, theirs));
      const serverHello = { ephemeral: ephemeral.public, static: sealedIdentity, payload: seal(certificates) };
      return proto.HandshakeMessage.encode({ serverHello }).finish();
    },
    /** Reads the client's second frame: who it is, and by which key. From then on both sides speak in transport frames. */
    finish(frame: Uint8Array): { staticKey: Buffer; payload: proto.ClientPayload } {
      const { clientFinish } = proto.HandshakeMessage.decode(frame);
      const staticKey = open(clientFinish?.static ?? NOTHING);
      mix(Curve.sharedKey(ephemeral.private, staticKey));
      const payload = proto.ClientPayload.decode(open(clientFinish?.payload ?? NOTHING));
      const [theirKey, ourKey] = expand(NOTHING);
      receiving = { key: theirKey, count: 0 };
      sending = { key: ourKey, count: 0 };
      return { staticKey, payload };
    },
    encrypt: (content: Uint8Array): Buffer => aesEncryptGCM(content, sending.key, nonce(sending.count++), NOTHING),
    decrypt: (sealed: Uint8Array): Buffer => aesDecryptGCM(sealed, receiving.key, nonce(receiving.count++), NOTHING),
  };
}

/** A chain from a root of our own to the server's key; the library compares names and serial numbers only (rc14). */
export function makeCertificates(identity: KeyPair): Buffer {
  const root = Curve.generateKeyPair();
  const intermediate = Curve.generateKeyPair();
  const { Details } = proto.CertChain.NoiseCertificate;
  const certify = (serial: number, { key, by }: { key: Uint8Array; by: KeyPair }) => {
    const details = Details.encode({ serial, issuerSerial: serial - 1, key }).finish();
    return { details, signature: Curve.sign(by.private, details) };
  };
  const chain = {
    intermediate: certify(1, { key: intermediate.public, by: root }),
    leaf: certify(2, { key: identity.public, by: intermediate }),
  };
  return Buffer.from(proto.CertChain.encode(chain).finish());
}

function nonce(count: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(count, 8);
  return bytes;
}
