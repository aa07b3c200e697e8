import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP port on loopback whose connections lead to a server, with a hand on everything that can go wrong between. */
export interface FaultyWire {
  readonly port: number;
  /** Connections that were made so far. */
  connections(): number;
  /** Breaks every open connection. */
  drop(): void;
  /** Of the connections there are, nothing passes any more, and nobody is told; new ones are not concerned. */
  silence(): void;
  /** Whether new connections are refused. */
  refuse(isRefusing: boolean): void;
  close(): Promise<void>;
}

export async function startFaultyWire(target: { path: string }): Promise<FaultyWire> {
  const open = new Map<Socket, Socket>();
  let made = 0;
  let isRefusing = false;
  const server = createServer({ allowHalfOpen: false }, (near) => {
    made++;
    near.on('error', () => undefined);
    if (isRefusing) return near.destroy();
    const far = connect(target);
    open.set(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        open.delete(near);
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const [near, far] of open) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => made,
    drop,
    silence() {
      for (const [near, far] of open) {
        near.unpipe(far);
        far.unpipe(near);
        // What arrives is thrown away: the other side sees a line that takes everything and says nothing.
        near.resume();
        far.resume();
      }
    },
    refuse(now) {
      isRefusing = now;
      if (now) drop();
    },
    async close() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
