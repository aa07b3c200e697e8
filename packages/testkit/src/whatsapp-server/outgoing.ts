import { type BinaryNode, proto, unpadRandomMax16 } from '@whiskeysockets/baileys';
import { bytesOf, child, children } from './nodes.ts';
import type { Person } from './person.ts';
import type { Directory } from './queries.ts';

/** Opens a message of the linked device as those who get it do; every one of them, so that their sessions go on. */
export async function openOutgoing(directory: Directory, message: BinaryNode): Promise<proto.IMessage | undefined> {
  const { phone, deviceNumber, groups, find } = directory;
  const author = `${phone.lid}:${deviceNumber}@lid`;
  let opened: proto.IMessage | undefined;
  for (const to of children(message, 'participants', 'to')) {
    const person = find(to.attrs['jid'] ?? '');
    const sealed = child(to, 'enc');
    if (person === undefined || sealed === undefined) continue;
    const content = await open(person, { jid: author, sealed });
    const distribution = content.senderKeyDistributionMessage;
    if (distribution) {
      await person.repository.processSenderKeyDistributionMessage({ authorJid: author, item: distribution });
    } else if (person !== phone || content.deviceSentMessage == null) opened = content;
    else opened ??= content.deviceSentMessage.message ?? undefined;
  }
  const sealed = child(message, 'enc');
  const group = groups.get(message.attrs['to'] ?? '');
  if (sealed?.attrs['type'] !== 'skmsg' || group === undefined) {
    const person = find(message.attrs['to'] ?? '');
    return sealed !== undefined && person !== undefined ? open(person, { jid: author, sealed }) : opened;
  }
  const reader = group.members.find((member) => member !== phone) ?? phone;
  const padded = await reader.repository.decryptGroupMessage({
    group: group.jid,
    authorJid: author,
    msg: bytesOf(sealed),
  });
  return proto.Message.decode(unpadRandomMax16(padded));
}

async function open(person: Person, { jid, sealed }: { jid: string; sealed: BinaryNode }): Promise<proto.Message> {
  const type = sealed.attrs['type'] === 'pkmsg' ? 'pkmsg' : 'msg';
  const padded = await person.repository.decryptMessage({ jid, type, ciphertext: bytesOf(sealed) });
  return proto.Message.decode(unpadRandomMax16(padded));
}
