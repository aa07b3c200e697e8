import type { Socket } from 'node:net';
import type { TokenHolder } from './run-tokens.ts';

/** Who may use how much of the gateway, so that no sandbox shuts out the others. */
export interface ConnectionPlaces {
  /** Takes a new connection. When there are too many, the one that has been without a request for longest is closed. */
  add(socket: Socket): void;
  /**
   * Begins a request of a live run; false when the run has too many on their way. A second request on a connection that
   * has not had its answer, which no client of ours sends, closes the connection. `onGone` is called when the connection
   * closes before `end`.
   */
  begin(holder: TokenHolder, socket: Socket, onGone: () => void): boolean;
  /** The request of this connection is over. */
  end(socket: Socket): void;
}

export function createConnectionPlaces(most: { connections: number; requestsPerRun: number }): ConnectionPlaces {
  let open = 0;
  // A set keeps the order of insertion: the first has waited longest.
  const waiting = new Set<Socket>();
  const busy = new Map<Socket, { holder: TokenHolder; onGone: () => void }>();
  const requestsOf = new Map<TokenHolder, number>();

  function count(holder: TokenHolder, change: number): void {
    const requests = (requestsOf.get(holder) ?? 0) + change;
    if (requests === 0) requestsOf.delete(holder);
    else requestsOf.set(holder, requests);
  }

  function end(socket: Socket): void {
    const request = busy.get(socket);
    if (request === undefined) return;
    busy.delete(socket);
    count(request.holder, -1);
    if (!socket.destroyed) waiting.add(socket);
  }

  function leave(socket: Socket): void {
    open -= 1;
    const request = busy.get(socket);
    end(socket);
    waiting.delete(socket);
    request?.onGone();
  }

  return {
    add(socket) {
      open += 1;
      waiting.add(socket);
      socket.once('close', () => leave(socket));
      if (open <= most.connections) return;
      const [longest = socket] = waiting;
      waiting.delete(longest);
      longest.destroy();
    },
    begin(holder, socket, onGone) {
      if (busy.has(socket)) socket.destroy();
      if (socket.destroyed || (requestsOf.get(holder) ?? 0) >= most.requestsPerRun) return false;
      count(holder, 1);
      waiting.delete(socket);
      busy.set(socket, { holder, onGone });
      return true;
    },
    end,
  };
}
