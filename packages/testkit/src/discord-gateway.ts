import type { Server } from 'node:http';
import { DISCORD_BOT, type DiscordState } from './discord-state.ts';
import { serveWebSockets, type WebSocketPeer } from './websocket-server.ts';

interface Packet {
  readonly op: number;
  readonly t: string;
  readonly s: number;
  readonly d: unknown;
}

interface Session {
  readonly id: string;
  packets: Packet[];
  peer: WebSocketPeer | undefined;
}

export interface GatewayOptions {
  readonly token: string;
  /** A client gives its connection up when one beat is unanswered at the next, so that a busy machine needs long ones. */
  readonly heartbeatMs: number;
  readonly root: () => string;
  /** Whether it takes no connections now. */
  readonly isAway: () => boolean;
}

/** The gateway (JSON, not compressed): sessions that can be resumed, each with what it has been told. */
export function createDiscordGateway(server: Server, state: DiscordState, options: GatewayOptions) {
  const { token, heartbeatMs, root, isAway } = options;
  const counts = { identifies: 0, resumes: 0, heartbeats: 0 };
  let session: Session | undefined;
  let sequence = 0;
  let closeWith: number | undefined;

  const peers = serveWebSockets(server, {
    opened(peer) {
      if (isAway()) return peer.destroy();
      peer.send(JSON.stringify({ op: 10, d: { heartbeat_interval: heartbeatMs } }));
    },
    received(peer, text) {
      const { op, d } = JSON.parse(text) as { op: number; d: Record<string, unknown> };
      if (op === 1) {
        counts.heartbeats++;
        peer.send(JSON.stringify({ op: 11 }));
      }
      if (op === 2) identify(peer, d);
      if (op === 6) resume(peer, d);
    },
    closed(peer) {
      if (session?.peer === peer) session.peer = undefined;
    },
  });

  function identify(peer: WebSocketPeer, asked: Record<string, unknown>): void {
    counts.identifies++;
    const code = asked['token'] === token ? closeWith : 4004;
    if (code !== undefined) {
      peer.close(code, 'refused');
      return;
    }
    session = { id: `session-${counts.identifies}`, packets: [], peer };
    sequence = 0;
    const guild = state.guild();
    dispatch('READY', {
      v: 10,
      user: DISCORD_BOT,
      guilds: [{ id: guild['id'], unavailable: true }],
      session_id: session.id,
      resume_gateway_url: `${root().replace('http', 'ws')}/resume`,
      shard: asked['shard'],
      application: { id: DISCORD_BOT.id, flags: 0 },
    });
    dispatch('GUILD_CREATE', guild);
  }

  function resume(peer: WebSocketPeer, { session_id, seq }: Record<string, unknown>): void {
    counts.resumes++;
    if (session === undefined || session.id !== session_id) {
      peer.send(JSON.stringify({ op: 9, d: false }));
      return;
    }
    session.peer = peer;
    for (const packet of session.packets) if (packet.s > Number(seq)) peer.send(JSON.stringify(packet));
    dispatch('RESUMED', {});
  }

  function dispatch(t: string, d: unknown): void {
    if (session === undefined) return;
    const packet = { op: 0, t, s: ++sequence, d };
    session.packets.push(packet);
    session.peer?.send(JSON.stringify(packet));
  }

  return {
    counts,
    dispatch,
    isConnected: () => session?.peer !== undefined,
    /** Discord asks for a new connection, on which the session goes on. */
    askToReconnect: () => session?.peer?.send(JSON.stringify({ op: 7, d: null })),
    /** The session is over: the next begins anew. */
    forgetSession() {
      const peer = session?.peer;
      session = undefined;
      peer?.send(JSON.stringify({ op: 9, d: false }));
    },
    refuseWith(code: number | undefined): void {
      closeWith = code;
    },
    drop() {
      for (const peer of [...peers]) peer.destroy();
    },
  };
}
