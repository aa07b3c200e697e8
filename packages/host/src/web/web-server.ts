import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalChannel } from '../channels/local/local-channel.ts';
import type { OwnerWords } from '../flows/owner-words.ts';
import type { Clock } from '../kernel/clock.ts';
import { describeError, NanoError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { ListedChat } from './chat-routes.ts';
import { lazyListener } from './lazy-listener.ts';
import type { PageDeps } from './page-routes.ts';
import { createWebSessions } from './web-sessions.ts';
import { readWebState, writeWebState } from './web-state-files.ts';

/** The page is for this machine only; other machines reach it through a tunnel of their owner. */
const ADDRESS = '127.0.0.1';

/** Most connections at the same time; more than all viewers that the local channel admits. */
const MAX_CONNECTIONS = 256;

/** How long answers that are being sent may take after `stop`, in milliseconds. */
const STOP_GRACE_MS = 500;

interface WebServerDeps {
  readonly local: LocalChannel;
  readonly chats: () => readonly ListedChat[];
  readonly say?: OwnerWords;
  readonly page?: PageDeps;
  /** 0 takes the one used last time when it is still free, else any free one. */
  readonly port: number;
  /** Where the port and the logins are kept; no sandbox may reach it. */
  readonly stateFile: string;
  readonly log: Log;
  readonly clock: Clock;
}

export interface WebServer {
  readonly port: number;
  /** A link that logs one browser in, once, within LOGIN_CODE_LIFE_MS. */
  loginUrl(): string;
  /** Ends every stream and connection. Pages reconnect by themselves to the next server on this port. */
  stop(): Promise<void>;
}

/** Serves the page on the loopback address. Throws 'usage' when the port cannot be had. */
export async function startWebServer(deps: WebServerDeps): Promise<WebServer> {
  const { clock, log, stateFile } = deps;
  const stopping = new AbortController();
  const state = readWebState(stateFile, log);
  let port = 0;
  const sessions = createWebSessions({
    known: state.sessions,
    save: (hashes) => writeWebState(stateFile, { port, sessions: hashes }),
    now: clock.now,
  });
  const server = createServer(
    lazyListener(log, async () => {
      const { webApp } = await import('./web-app.ts');
      return webApp({ ...deps, port: () => port, sessions, signal: stopping.signal });
    }),
  );
  server.maxConnections = MAX_CONNECTIONS;

  port = await listen(server, { wanted: deps.port, lastUsed: state.port });
  server.on('error', (error) => log.error('web.server-failed', { error: describeError(error) }));
  try {
    writeWebState(stateFile, { port, sessions: sessions.hashes() });
  } catch (error) {
    await close(server, clock);
    throw error;
  }
  log.info('web.listening', { address: ADDRESS, port });
  return {
    port,
    loginUrl: () => `http://${ADDRESS}:${port}/login?code=${sessions.newCode()}`,
    async stop() {
      stopping.abort();
      await close(server, clock);
    },
  };
}

async function listen(server: Server, ports: { wanted: number; lastUsed: number }): Promise<number> {
  if (ports.wanted === 0 && ports.lastUsed !== 0) {
    const port = await tryListen(server, ports.lastUsed).catch(() => undefined);
    if (port !== undefined) return port;
  }
  try {
    return await tryListen(server, ports.wanted);
  } catch (cause) {
    const isUsed = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const why = isUsed ? 'in use' : 'not available to this user';
    const advice = 'set WEB_PORT to another port, or to 0 for any free one';
    throw new NanoError('usage', `port ${ports.wanted} is ${why}: ${advice}`, { cause });
  }
}

function tryListen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ADDRESS, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function close(server: Server, clock: Clock): Promise<void> {
  const closed = new AbortController();
  const finished = new Promise<void>((resolve) => {
    server.close(() => {
      closed.abort();
      resolve();
    });
  });
  await clock.sleep(STOP_GRACE_MS, closed.signal);
  server.closeAllConnections();
  await finished;
}
