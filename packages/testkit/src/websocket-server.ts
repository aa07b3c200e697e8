import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** One client of a WebSocket server (RFC 6455, without extensions). */
export interface WebSocketPeer {
  /** The path and query it asked for. */
  readonly path: string;
  send(text: string): void;
  /** Says goodbye with a code and a reason, as a server does. */
  close(code: number, reason?: string): void;
  /** Breaks the connection without a word. */
  destroy(): void;
}

export interface WebSocketHandlers {
  opened(peer: WebSocketPeer): void;
  received(peer: WebSocketPeer, text: string): void;
  closed?(peer: WebSocketPeer): void;
}

const OPCODE = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;

/** What the protocol adds to a client's key before it is hashed. */
const HANDSHAKE_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Lets an HTTP server on loopback speak WebSocket. Gives the open connections. */
export function serveWebSockets(server: Server, handlers: WebSocketHandlers): ReadonlySet<WebSocketPeer> {
  const peers = new Set<WebSocketPeer>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1').update(`${key}${HANDSHAKE_SUFFIX}`).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`);
    const peer: WebSocketPeer = {
      path: request.url ?? '/',
      send: (text) => void socket.write(frameOf(OPCODE.text, Buffer.from(text))),
      close(code, reason = '') {
        const status = Buffer.alloc(2);
        status.writeUInt16BE(code);
        socket.end(frameOf(OPCODE.close, Buffer.concat([status, Buffer.from(reason)])));
      },
      destroy: () => void socket.destroy(),
    };
    peers.add(peer);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      peers.delete(peer);
      handlers.closed?.(peer);
    });
    readFrames(socket, (text) => handlers.received(peer, text));
    handlers.opened(peer);
  });
  return peers;
}

/** Answers what the protocol asks for itself and passes whole texts on. */
function readFrames(socket: Duplex, onText: (text: string) => void): void {
  let received = Buffer.alloc(0);
  let parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let frame = takeFrame(received); frame !== undefined; frame = takeFrame(received)) {
      received = received.subarray(frame.size);
      if (frame.opcode === OPCODE.ping) socket.write(frameOf(OPCODE.pong, frame.payload));
      else if (frame.opcode === OPCODE.close) socket.end(frameOf(OPCODE.close, frame.payload));
      else if (frame.opcode !== OPCODE.pong) {
        parts.push(frame.payload);
        if (!frame.isLast) continue;
        const text = Buffer.concat(parts).toString('utf8');
        parts = [];
        onText(text);
      }
    }
  });
}

/** A frame to a client; these are not masked. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const length = payload.length;
  const extra = length < 126 ? 0 : length < 2 ** 16 ? 2 : 8;
  const head = Buffer.alloc(2 + extra);
  head[0] = 0x80 | opcode;
  head[1] = extra === 0 ? length : extra === 2 ? 126 : 127;
  if (extra === 2) head.writeUInt16BE(length, 2);
  if (extra === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
  /** Of the whole frame, in bytes. */
  readonly size: number;
}

/** The first frame of what has come so far, if it is whole; clients mask theirs. */
function takeFrame(bytes: Buffer): Frame | undefined {
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
  const maskAt = 2 + extra;
  if (bytes.length < maskAt + 4) return undefined;
  const length = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const size = maskAt + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = Buffer.from(bytes.subarray(maskAt + 4, size)).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload: Buffer.from(payload), size };
}
