import { type BinaryNode, getBinaryNodeChild, getBinaryNodeChildren } from '@whiskeysockets/baileys';

export const SERVER_JID = 's.whatsapp.net';

export function node(tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

export function children(parent: BinaryNode | undefined, ...path: string[]): BinaryNode[] {
  const last = path.at(-1) ?? '';
  const owner = path.slice(0, -1).reduce<BinaryNode | undefined>((at, tag) => child(at, tag), parent);
  return getBinaryNodeChildren(owner, last);
}

export function child(parent: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return getBinaryNodeChild(parent, tag);
}

export function firstChild(parent: BinaryNode): BinaryNode | undefined {
  return Array.isArray(parent.content) ? parent.content[0] : undefined;
}

/** The bytes of a node or of one below it. */
export function bytesOf(parent: BinaryNode | undefined, tag?: string): Buffer {
  const { content } = (tag === undefined ? parent : child(parent, tag)) ?? {};
  return typeof content === 'string' || content instanceof Uint8Array ? Buffer.from(content) : Buffer.alloc(0);
}

export function numberOf(parent: BinaryNode | undefined, tag: string): number {
  const bytes = bytesOf(parent, tag);
  return bytes.length === 0 ? 0 : bytes.readUIntBE(0, bytes.length);
}

export function seconds(): string {
  return String(Math.floor(Date.now() / 1000));
}
