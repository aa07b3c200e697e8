import type { BinaryNode, proto } from '@whiskeysockets/baileys';
import { until } from '../until.ts';
import { SERVER_JID } from './nodes.ts';
import { type Candidate, createCodeLink, deviceKeys, pairSuccess, readQr } from './pairing.ts';
import type { DeviceKeys, Person } from './person.ts';
import type { LinkedDevice } from './whatsapp-server.ts';

/** The account's one linked device, and how it comes to be linked. */
export function createAccount(phone: Person, deviceNumber: string, linked: LinkedDevice | undefined) {
  let device = linked && copyOf(linked.keys);
  let deviceKey = linked?.staticKey;
  let candidate: Candidate | undefined;
  let codeLink: ReturnType<typeof createCodeLink> | undefined;

  function approve(secret: Buffer): void {
    if (candidate === undefined) throw new Error('no device waits to be linked');
    const address = {
      jid: `${phone.number}:${deviceNumber}@${SERVER_JID}`,
      lid: `${phone.lid}:${deviceNumber}@lid`,
    };
    candidate.send(pairSuccess(phone, candidate, { secret, address }));
  }

  return {
    device: () => device,
    linked: (): LinkedDevice | undefined => device && deviceKey && { keys: copyOf(device), staticKey: deviceKey },
    isAsked: () => candidate !== undefined,
    /** Whether it is the linked device that has this key. */
    knows: (staticKey: Buffer) => device !== undefined && deviceKey?.equals(staticKey) === true,
    offer(
      login: { staticKey: Buffer; registration: proto.ClientPayload.IDevicePairingRegistrationData },
      send: (node: BinaryNode) => void,
    ): void {
      candidate = { ...login, send };
    },
    withdraw(send: (node: BinaryNode) => void): void {
      if (candidate?.send === send) candidate = undefined;
    },
    onCodeLink(query: BinaryNode, stage: string): void {
      if (stage === 'companion_hello') codeLink = createCodeLink(query, phone);
      else if (codeLink) approve(codeLink.secretOf(query));
    },
    /** The device has signed: it is linked from now on. */
    complete(): void {
      if (candidate === undefined) return;
      device = deviceKeys(candidate);
      deviceKey = candidate.staticKey;
      candidate = undefined;
    },
    scan(qr: string): void {
      if (candidate === undefined) throw new Error('no device waits to be linked');
      approve(readQr(qr, candidate));
    },
    async typeCode(code: string): Promise<void> {
      const asked = await until('a device has asked for a code', () => codeLink);
      const hello = await asked.type(code);
      candidate?.send(hello);
    },
    unlink(): void {
      device = undefined;
    },
  };
}

/** Keys of a device are used up on each server by itself. */
function copyOf(keys: DeviceKeys): DeviceKeys {
  return { ...keys, preKeys: [...keys.preKeys] };
}
