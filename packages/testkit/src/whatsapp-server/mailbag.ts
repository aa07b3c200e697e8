import type { BinaryNode } from '@whiskeysockets/baileys';
import { type Incoming, sealIncoming } from './incoming.ts';
import { bytesOf, child, node, numberOf, SERVER_JID } from './nodes.ts';
import type { DeviceKeys } from './person.ts';
import type { Directory } from './queries.ts';

type Send = (node: BinaryNode) => void;

/** Most times that a message is sealed anew because the device could not read it. */
const MAX_RETRIES = 5;

/** Messages for the linked device: each is kept, sealed as it was first, until the device says that it has it. */
export function createMailbag(directory: Directory) {
  const waiting = new Map<string, BinaryNode>();
  const written = new Map<string, Incoming>();
  let online: Send | undefined;
  let work: Promise<unknown> = Promise.resolve();
  const problems: string[] = [];

  /** Sealing changes the sender's session, so it happens in the order of writing. */
  function inOrder(task: () => Promise<void>): void {
    work = work.then(task).catch((error: unknown) => problems.push(String(error)));
  }

  async function deliver(incoming: Incoming, count = 0): Promise<void> {
    const keys = directory.device();
    if (keys === undefined) throw new Error(`no device is linked that could get ${incoming.id}`);
    const sealed = await sealIncoming(directory, incoming, { keys, count });
    waiting.set(incoming.id, sealed);
    online?.(sealed);
  }

  return {
    problems,
    write(make: () => Promise<Incoming>): void {
      inOrder(async () => {
        const incoming = await make();
        written.set(incoming.id, incoming);
        await deliver(incoming);
      });
    },
    /** A device has come: it gets what waits, marked as that, and is told when there is no more. */
    attach(send: Send): void {
      inOrder(async () => {
        for (const sealed of waiting.values()) send({ ...sealed, attrs: { ...sealed.attrs, offline: '0' } });
        const count = String(waiting.size);
        send(node('ib', { from: SERVER_JID }, [node('offline', { count })]));
        online = send;
      });
    },
    detach(send: Send): void {
      inOrder(async () => {
        if (online === send) online = undefined;
      });
    },
    /** The same message once more, as servers do that have not heard. */
    repeat(id: string): void {
      inOrder(async () => {
        const incoming = written.get(id);
        if (incoming !== undefined) await deliver(incoming);
      });
    },
    acknowledge(id: string): void {
      inOrder(async () => {
        waiting.delete(id);
      });
    },
    /** The device could not read a message: its sender seals it anew, with a session begun from the keys it sent. */
    retry(receipt: BinaryNode): void {
      const incoming = written.get(receipt.attrs['id'] ?? '');
      const count = Number(child(receipt, 'retry')?.attrs['count'] ?? 1);
      if (incoming === undefined || count > MAX_RETRIES) return;
      inOrder(async () => {
        const keys = directory.device();
        const fresh = child(receipt, 'keys');
        if (keys !== undefined && fresh !== undefined) keys.preKeys.unshift(preKeyOf(fresh));
        await incoming.from.forget(`${directory.phone.lid}:${directory.deviceNumber}@lid`);
        await deliver(incoming, count);
      });
    },
    waiting: () => waiting.size,
  };
}

function preKeyOf(keys: BinaryNode): DeviceKeys['preKeys'][number] {
  const key = child(keys, 'key');
  return { keyId: numberOf(key, 'id'), publicKey: bytesOf(key, 'value') };
}
