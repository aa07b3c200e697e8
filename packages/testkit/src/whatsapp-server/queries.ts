import type { BinaryNode } from '@whiskeysockets/baileys';
import { bytesOf, child, children, firstChild, node, numberOf, SERVER_JID } from './nodes.ts';
import type { DeviceKeys, Person } from './person.ts';

/** A group as everybody in it sees it. */
export interface Group {
  readonly jid: string;
  subject: string;
  readonly members: readonly Person[];
}

/** What the server knows, for the queries of the client. */
export interface Directory {
  readonly phone: Person;
  /** The linked device's number among those of the account. */
  readonly deviceNumber: string;
  readonly groups: ReadonlyMap<string, Group>;
  readonly uploadHost: string;
  device(): DeviceKeys | undefined;
  /** By a jid in either addressing, or by number. */
  find(jid: string): Person | undefined;
}

/** The answer to an `iq` of the client; an empty one to what a client asks without needing to know. */
export async function answerQuery(directory: Directory, query: BinaryNode): Promise<BinaryNode> {
  const asked = firstChild(query);
  const error = node('error', { code: '404', text: 'item-not-found' });
  const content = await contentFor(directory, query, asked);
  const attrs = { id: query.attrs['id'] ?? '', from: query.attrs['to'] ?? SERVER_JID };
  if (content === undefined) return node('iq', { ...attrs, type: 'error' }, [error]);
  return node('iq', { ...attrs, type: 'result' }, content);
}

async function contentFor(
  directory: Directory,
  query: BinaryNode,
  asked: BinaryNode | undefined,
): Promise<BinaryNode[] | undefined> {
  switch (query.attrs['xmlns']) {
    case 'encrypt':
      return encryptAnswer(directory, query, asked);
    case 'usync':
      return [node('usync', {}, [node('list', {}, children(asked, 'list', 'user').map(userAnswer(directory)))])];
    case 'w:g2': {
      if (asked?.tag === 'participating') return [node('groups', {}, [...directory.groups.values()].map(groupNode))];
      const group = directory.groups.get(query.attrs['to'] ?? '');
      return group && [groupNode(group)];
    }
    case 'w:m': {
      const host = node('host', { hostname: directory.uploadHost, type: 'primary' });
      return [node('media_conn', { auth: 'AUTH', ttl: '3600', auth_ttl: '3600', max_buckets: '12' }, [host])];
    }
    case 'abt':
      return [node('props', { protocol: '1', hash: 'h', refresh: '86400' }, [])];
    case 'privacy':
      return [node('privacy', {}, [node('category', { name: 'readreceipts', value: 'all' })])];
    default:
      return [];
  }
}

async function encryptAnswer(
  directory: Directory,
  query: BinaryNode,
  asked: BinaryNode | undefined,
): Promise<BinaryNode[]> {
  const device = directory.device();
  if (device === undefined) return [];
  if (asked?.tag === 'count') return [node('count', { value: String(device.preKeys.length) })];
  if (asked?.tag === 'digest') return [node('digest')];
  if (asked?.tag === 'key') {
    const wanted = children(asked, 'user').map(({ attrs }) => attrs['jid'] ?? '');
    const bundles = wanted.map((jid) => directory.find(jid)?.bundle(jid)).filter((bundle) => bundle !== undefined);
    return [node('list', {}, await Promise.all(bundles))];
  }
  for (const key of children(query, 'list', 'key')) {
    device.preKeys.push({ keyId: numberOf(key, 'id'), publicKey: bytesOf(key, 'value') });
  }
  const signed = child(query, 'skey');
  if (signed !== undefined) {
    const publicKey = bytesOf(signed, 'value');
    device.signedPreKey = { keyId: numberOf(signed, 'id'), publicKey, signature: bytesOf(signed, 'signature') };
  }
  return [];
}

function userAnswer({ find, phone, deviceNumber }: Directory) {
  return (user: BinaryNode): BinaryNode => {
    const { jid } = user.attrs;
    if (jid === undefined) {
      const number = bytesOf(user, 'contact').toString().replace('+', '');
      const person = find(`${number}@${SERVER_JID}`);
      return node('user', { jid: `${number}@${SERVER_JID}` }, [node('contact', { type: person ? 'in' : 'out' })]);
    }
    const person = find(jid);
    if (person === undefined) return node('user', { jid }, []);
    const devices = [node('device', { id: '0' })];
    if (person === phone) devices.push(node('device', { id: deviceNumber, 'key-index': '1' }));
    const known = [node('devices', {}, [node('device-list', {}, devices)])];
    if (!jid.endsWith('@lid')) known.push(node('lid', { val: `${person.lid}@lid` }));
    return node('user', { jid }, known);
  };
}

function groupNode({ jid, subject, members }: Group): BinaryNode {
  const participants = members.map((member, index) =>
    node('participant', {
      jid: `${member.lid}@lid`,
      phone_number: `${member.number}@${SERVER_JID}`,
      ...(index === 0 ? { type: 'admin' } : {}),
    }),
  );
  const attrs = { id: jid.split('@')[0] ?? '', subject, creation: '1700000000', s_t: '1700000000' };
  const size = String(members.length);
  return node('group', { ...attrs, creator: `${members[0]?.lid}@lid`, addressing_mode: 'lid', size }, participants);
}
