import { connect, createServer, type Socket } from 'node:net';

export interface Forwarder {
  /** Loopback port that reaches the gateway. */
  port: number;
}

/**
 * Listens on a free loopback port and pipes raw bytes to the Unix socket at `socketPath`, both ways, one upstream
 * connection for each. The model client speaks only TCP, and the sandbox has no network besides this socket.
 * Listening does not keep the process alive. Rejects when no port can be opened.
 */
export function startForwarder(socketPath: string): Promise<Forwarder> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    join(client, connect({ path: socketPath, allowHalfOpen: true }));
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new TypeError('the forwarder has no TCP port'));
      else resolve({ port: address.port });
    });
  });
}

/** Each side's end of stream ends the other side's writing; an error on either destroys both. */
function join(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroySoon());
  }
}
