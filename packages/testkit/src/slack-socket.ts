import type { Server } from 'node:http';
import { serveWebSockets } from './websocket-server.ts';

interface Envelope {
  readonly envelope_id: string;
  readonly type: string;
  readonly payload: Record<string, unknown>;
  retry_attempt: number;
}

/**
 * Socket Mode: envelopes to the newest connection, each until it is acknowledged; what was not is delivered again to the
 * next connection.
 */
export function createSlackSocket(server: Server) {
  let pending: Envelope[] = [];
  let count = 0;
  let opened = 0;

  const peers = serveWebSockets(server, {
    opened(peer) {
      opened++;
      peer.send(JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A1' } }));
      for (const envelope of pending) {
        envelope.retry_attempt++;
        peer.send(JSON.stringify(envelope));
      }
    },
    received(_, text) {
      const { envelope_id } = JSON.parse(text) as { envelope_id: string };
      pending = pending.filter((envelope) => envelope.envelope_id !== envelope_id);
    },
  });
  const newest = () => [...peers].at(-1);

  function push(type: string, payload: Record<string, unknown>): void {
    const envelope = { envelope_id: `envelope-${++count}`, type, payload, retry_attempt: 0 };
    pending.push(envelope);
    newest()?.send(JSON.stringify({ ...envelope, accepts_response_payload: false }));
  }

  return {
    deliver(event: Record<string, unknown>): void {
      const ids = { team_id: 'T1', api_app_id: 'A1', event_id: `Ev${++count}` };
      push('events_api', {
        type: 'event_callback',
        ...ids,
        event,
        authorizations: [{ user_id: 'UBOT', is_bot: true }],
      });
    },
    interact: (payload: Record<string, unknown>) => push('interactive', payload),
    unacknowledged: () => pending.length,
    forget() {
      pending = [];
    },
    connections: () => opened,
    isConnected: () => peers.size > 0,
    refresh: () => newest()?.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' })),
    drop() {
      for (const peer of [...peers]) peer.destroy();
    },
  };
}
