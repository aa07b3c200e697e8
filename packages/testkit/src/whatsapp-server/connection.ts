import { type BinaryNode, decodeBinaryNode, encodeBinaryNode, type KeyPair, type proto } from '@whiskeysockets/baileys';
import type { WebSocket } from 'ws';
import { createFrameReader, frame } from './frames.ts';
import { createNoiseResponder } from './noise-responder.ts';

/** One client on the socket, after the handshake. */
export interface Connection {
  readonly send: (node: BinaryNode) => void;
  close(): void;
  /** Without a good-bye. */
  break(): void;
}

export interface ConnectionHandlers {
  onLogin(connection: Connection, login: { staticKey: Buffer; payload: proto.ClientPayload }): void;
  onNode(connection: Connection, node: BinaryNode): Promise<void>;
  onClose(connection: Connection): void;
  onProblem(problem: string): void;
}

export function serveConnection(
  socket: WebSocket,
  server: { identity: KeyPair; certificates: Buffer },
  handlers: ConnectionHandlers,
): void {
  const noise = createNoiseResponder(server.identity, server.certificates);
  const reader = createFrameReader();
  let stage: 'hello' | 'finish' | 'open' = 'hello';
  let work: Promise<void> = Promise.resolve();
  const write = (bytes: Uint8Array): void => {
    if (socket.readyState === socket.OPEN) socket.send(frame(bytes));
  };
  const connection: Connection = {
    send(node) {
      // Each frame is sealed with the next number: what cannot be written must not use one up.
      if (socket.readyState === socket.OPEN) write(noise.encrypt(encodeBinaryNode(node)));
    },
    close: () => socket.close(),
    break: () => socket.terminate(),
  };

  async function take(bytes: Buffer): Promise<void> {
    if (stage === 'hello') {
      write(noise.greet(bytes));
      stage = 'finish';
    } else if (stage === 'finish') {
      const login = noise.finish(bytes);
      stage = 'open';
      handlers.onLogin(connection, login);
    } else {
      await handlers.onNode(connection, await decodeBinaryNode(noise.decrypt(bytes)));
    }
  }

  socket.on('message', (chunk: Buffer) => {
    for (const bytes of reader.push(chunk)) {
      work = work
        .then(() => take(bytes))
        .catch((error: unknown) => {
          handlers.onProblem(error instanceof Error ? (error.stack ?? error.message) : String(error));
          socket.terminate();
        });
    }
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => handlers.onClose(connection));
}
