import { createServer, type Server } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { createPracticeModel, type PracticeModel } from './practice-model.ts';

/** A practice model that listens. `close` ends open connections too and resolves when the server is gone. */
export type PracticeListener = { readonly model: PracticeModel; close(): Promise<void> };
export type PortListener = PracticeListener & { readonly url: string };
export type SocketListener = PracticeListener & { readonly socketPath: string };

// Clients keep connections for the next turn; closing one just as it is used would look like a network error.
const keepAliveMs = 10 * 60_000;

/**
 * Serves a practice model on a loopback port (0 = any free one) or on a Unix socket. Rejects when the address cannot be
 * taken; a socket file that is left from before is the caller's to remove.
 */
export function listenPracticeModel(options: { port: number }, model?: PracticeModel): Promise<PortListener>;
export function listenPracticeModel(options: { socketPath: string }, model?: PracticeModel): Promise<SocketListener>;
export async function listenPracticeModel(
  options: { port: number } | { socketPath: string },
  model: PracticeModel = createPracticeModel(),
): Promise<PortListener | SocketListener> {
  const server = createServer((req, res) => model.handle(req, res));
  server.keepAliveTimeout = keepAliveMs;
  const close = (): Promise<void> => closeServer(server);
  if ('socketPath' in options) {
    await listen(server, { path: options.socketPath });
    return { socketPath: options.socketPath, model, close };
  }
  await listen(server, { host: '127.0.0.1', port: options.port });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, model, close };
}

async function listen(server: Server, address: ListenOptions): Promise<void> {
  const where = address.path ?? `port ${address.port}`;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Error(`practice model: cannot listen on ${where}: choose another address or free it`, { cause }));
    });
    server.listen(address, () => resolve());
  });
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
