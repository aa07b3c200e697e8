import { type BinaryNode, Curve, type proto } from '@whiskeysockets/baileys';
import { WebSocketServer } from 'ws';
import { createAccount } from './account.ts';
import { type Connection, serveConnection } from './connection.ts';
import { messageOf, openFile, readContent } from './contents.ts';
import { createMailbag } from './mailbag.ts';
import { createMediaStore } from './media-store.ts';
import { children, firstChild, node, SERVER_JID, seconds } from './nodes.ts';
import { makeCertificates } from './noise-responder.ts';
import { openOutgoing } from './outgoing.ts';
import { pairingRefs } from './pairing.ts';
import { createPerson, type Person } from './person.ts';
import { answerQuery, type Directory, type Group } from './queries.ts';
import type { LinkedDevice, WhatsAppFault, WhatsAppSent, WhatsAppServer } from './whatsapp-server.ts';

const ACCOUNT = { number: '15550000001', lid: '900000000001', name: 'The phone' };
const DEVICE = '7';

export async function startServer(linked?: LinkedDevice): Promise<WhatsAppServer> {
  const identity = Curve.generateKeyPair();
  const certificates = makeCertificates(identity);
  const media = await createMediaStore();
  const phone = createPerson(ACCOUNT);
  const account = createAccount(phone, DEVICE, linked);
  const people: Person[] = [phone];
  const groups = new Map<string, Group>();
  const sent: WhatsAppSent[] = [];
  const untold: WhatsAppSent[] = [];
  const faults: WhatsAppFault[] = [];
  const seen = {
    typing: [] as string[],
    receipts: [] as string[],
    reactions: [] as string[],
    problems: [] as string[],
    repeats: [] as string[],
    logins: 0,
  };
  let current: Connection | undefined;
  let ids = 0;

  const directory: Directory = {
    phone,
    deviceNumber: DEVICE,
    groups,
    uploadHost: media.uploadHost,
    device: account.device,
    find: (jid) => people.find(({ number, lid }) => [number, lid].includes(jid.split(/[@:]/)[0] ?? '')),
  };
  const mailbag = createMailbag(directory);

  function onLogin(
    connection: Connection,
    { staticKey, payload }: { staticKey: Buffer; payload: proto.ClientPayload },
  ): void {
    const fault = takeFault('login');
    if (typeof fault?.does === 'object' && 'failure' in fault.does) refuse(connection, fault.does.failure);
    else if (fault !== undefined) connection.break();
    else admit(connection, { staticKey, payload });
  }

  function admit(
    connection: Connection,
    { staticKey, payload }: { staticKey: Buffer; payload: proto.ClientPayload },
  ): void {
    current = connection;
    const { devicePairingData: registration } = payload;
    if (registration) {
      account.offer({ staticKey, registration }, connection.send);
      connection.send(pairingRefs());
    } else if (account.knows(staticKey)) {
      seen.logins++;
      connection.send(node('success', { t: seconds(), props: '27', lid: `${phone.lid}:${DEVICE}@lid` }));
      mailbag.attach(connection.send);
    } else refuse(connection, 401);
  }

  function refuse(connection: Connection, reason: number): void {
    connection.send(node('failure', { reason: String(reason), location: 'atn' }));
    connection.close();
  }

  function takeFault(on: WhatsAppFault['on']): WhatsAppFault | undefined {
    const fault = faults.find((each) => each.on === on && each.times > 0);
    if (fault) fault.times--;
    return fault;
  }

  async function onNode(connection: Connection, received: BinaryNode): Promise<void> {
    switch (received.tag) {
      case 'iq':
        return onQuery(connection, received);
      case 'message':
        return onMessage(connection, received);
      case 'chatstate':
        seen.typing.push(`${received.attrs['to']} ${firstChild(received)?.tag}`);
        return;
      case 'receipt':
        return onReceipt(received);
      case 'ack':
        if (received.attrs['class'] === 'message') mailbag.acknowledge(received.attrs['id'] ?? '');
        return;
      default:
    }
  }

  async function onQuery(connection: Connection, query: BinaryNode): Promise<void> {
    const asked = firstChild(query);
    if (asked?.tag === 'pair-device-sign') {
      account.complete();
      connection.send(node('stream:error', { code: '515' }));
      return connection.close();
    }
    if (query.attrs['type'] === 'result') return;
    if (asked?.tag === 'link_code_companion_reg') account.onCodeLink(query, asked.attrs['stage'] ?? '');
    if (asked?.tag === 'remove-companion-device') account.unlink();
    connection.send(await answerQuery(directory, query));
  }

  function onReceipt(receipt: BinaryNode): void {
    const { id = '', type = 'delivered', to = '' } = receipt.attrs;
    if (type === 'retry') {
      mailbag.retry(receipt);
      return;
    }
    seen.receipts.push(`${type} ${to} ${id}`);
    for (const item of [id, ...children(receipt, 'list', 'item').map(({ attrs }) => attrs['id'] ?? '')]) {
      if (type !== 'read') mailbag.acknowledge(item);
    }
  }

  async function onMessage(connection: Connection, received: BinaryNode): Promise<void> {
    const { id = '', to = '' } = received.attrs;
    const fault = takeFault('message');
    if (fault?.does === 'break-before') return connection.break();
    const ack = { class: 'message', id, from: to, t: seconds() };
    if (typeof fault?.does === 'object' && 'error' in fault.does) {
      return connection.send(node('ack', { ...ack, error: fault.does.error }));
    }
    const message = await openOutgoing(directory, received);
    const wasThere = sent.some((each) => each.id === id);
    if (message !== undefined) keep({ id, to, message });
    if (fault?.does === 'break-after') {
      if (!wasThere) untold.push(...sent.filter((each) => each.id === id));
      return connection.break();
    }
    connection.send(node('ack', ack));
  }

  /** As the apps of those who get it do: a message whose id is there already is no other one. */
  function keep({ id, to, message }: { id: string; to: string; message: proto.IMessage }): void {
    const { reactionMessage: reaction, protocolMessage } = message;
    if (protocolMessage) return;
    if (reaction) seen.reactions.push(`${to}/${reaction.key?.id} ${reaction.text}`);
    else if (sent.some((each) => each.id === id)) seen.repeats.push(id);
    else {
      const chat = to.endsWith('@lid') ? `${directory.find(to)?.number}@${SERVER_JID}` : to;
      sent.push({ id, chat, message, ...readContent(message) });
    }
  }

  const server = new WebSocketServer({ server: media.plain });
  server.on('connection', (socket) =>
    serveConnection(
      socket,
      { identity, certificates },
      {
        onLogin,
        onNode,
        onClose(connection) {
          mailbag.detach(connection.send);
          account.withdraw(connection.send);
          if (current === connection) current = undefined;
        },
        onProblem: (problem) => seen.problems.push(problem),
      },
    ),
  );

  const streamError: WhatsAppServer['streamError'] = (code, conflict) => {
    const content = conflict === undefined ? undefined : [node('conflict', { type: conflict })];
    current?.send(node('stream:error', conflict === 'replaced' ? {} : { code: String(code) }, content));
    current?.close();
  };

  return {
    url: `ws://127.0.0.1:${media.port}/ws/chat`,
    number: phone.number,
    lid: phone.lid,
    sent,
    untold,
    faults,
    ...seen,
    problems: () => [...seen.problems, ...mailbag.problems],
    logins: () => seen.logins,
    open: (file) => openFile(file, media.files.get(file.path) ?? Buffer.alloc(0)),
    device: account.linked,
    person(who) {
      const person = createPerson(who);
      people.push(person);
      return { ...who, jid: `${who.number}@${SERVER_JID}` };
    },
    group(jid, subject, members) {
      const found = members.map((member) => directory.find(member.jid)).filter((person) => person !== undefined);
      groups.set(jid, { jid, subject, members: [...found, phone] });
    },
    rename(jid, subject) {
      const group = groups.get(jid);
      if (group) group.subject = subject;
      const attrs = { from: jid, type: 'w:gp2', id: `N${++ids}`, participant: `${phone.lid}@lid`, t: seconds() };
      current?.send(node('notification', attrs, [node('subject', { subject, s_t: seconds() })]));
    },
    write(from, text, { chat, addressing = 'pn', ...wording } = {}) {
      const id = `IN${String(++ids).padStart(6, '0')}`;
      const sender = from === 'phone' ? phone : directory.find(from.jid);
      if (sender === undefined) throw new Error('nobody of that name has WhatsApp');
      const group = chat?.endsWith('@g.us') ? chat : undefined;
      const recipient = sender === phone && group === undefined ? (chat ?? `${phone.number}@${SERVER_JID}`) : undefined;
      mailbag.write(async () => {
        const message = await messageOf(media, text, wording);
        return { id, group, recipient, from: sender, message, addressing };
      });
      return id;
    },
    repeat: mailbag.repeat,
    unconfirmed: mailbag.waiting,
    isLinked: () => account.device() !== undefined,
    isOnline: () => current !== undefined && !account.isAsked(),
    scan: account.scan,
    typeCode: account.typeCode,
    drop: () => current?.break(),
    streamError,
    unlink() {
      account.unlink();
      streamError(401, 'device_removed');
    },
    async close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await media.close();
    },
  };
}
