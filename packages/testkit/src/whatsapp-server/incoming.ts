import { type BinaryNode, encodeWAMessage, proto } from '@whiskeysockets/baileys';
import { node, SERVER_JID, seconds } from './nodes.ts';
import type { DeviceKeys, Encrypted, Person } from './person.ts';
import type { Directory } from './queries.ts';

/** One message on its way to the linked device. */
export interface Incoming {
  readonly id: string;
  /** A group's jid, or undefined in a private chat. */
  readonly group: string | undefined;
  readonly from: Person;
  /** The phone of the account wrote it: to whom. */
  readonly recipient: string | undefined;
  readonly message: proto.IMessage;
  /** Private chats come under the phone number or under the newer address. */
  readonly addressing: 'pn' | 'lid';
}

/** Seals a message for the linked device; `count` when it is done again because it could not be read. */
export async function sealIncoming(
  directory: Directory,
  incoming: Incoming,
  { keys, count = 0 }: { keys: DeviceKeys; count?: number },
): Promise<BinaryNode> {
  const { from, group, id, recipient } = incoming;
  const jid = `${directory.phone.lid}:${directory.deviceNumber}@lid`;
  const attrs = { id, t: seconds(), type: 'text', notify: from.name, ...addressOf(incoming) };
  const retry: Record<string, string> = count === 0 ? {} : { count: String(count) };
  const seal = ({ type, ciphertext }: Encrypted): BinaryNode => node('enc', { v: '2', type, ...retry }, ciphertext);
  const message = proto.Message.fromObject(incoming.message);
  if (group === undefined || count > 0) {
    const isOwn = recipient !== undefined || (group !== undefined && from === directory.phone);
    const own = { deviceSentMessage: { destinationJid: recipient ?? group ?? null, message } };
    return node('message', attrs, [seal(await from.encrypt({ jid, keys }, isOwn ? own : message))]);
  }
  const data = encodeWAMessage(message);
  const sent = await from.repository.encryptGroupMessage({ group, meId: `${from.lid}@lid`, data });
  const distribution = { groupId: group, axolotlSenderKeyDistributionMessage: sent.senderKeyDistributionMessage };
  const key = await from.encrypt({ jid, keys }, { senderKeyDistributionMessage: distribution });
  return node('message', attrs, [seal(key), seal({ type: 'skmsg', ciphertext: sent.ciphertext })]);
}

function addressOf({ from, group, recipient, addressing }: Incoming): Record<string, string> {
  const number = `${from.number}@${SERVER_JID}`;
  const lid = `${from.lid}@lid`;
  if (group !== undefined) return { from: group, participant: lid, participant_pn: number, addressing_mode: 'lid' };
  if (recipient !== undefined) return { from: number, recipient, addressing_mode: 'pn' };
  if (addressing === 'lid') return { from: lid, sender_pn: number, addressing_mode: 'lid' };
  return { from: number, sender_lid: lid, addressing_mode: 'pn' };
}
