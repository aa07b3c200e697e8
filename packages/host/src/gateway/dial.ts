import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { DialError } from './dial-error.ts';
import type { Target } from './egress-target.ts';
import { isPublicAddress } from './public-address.ts';
import { dialThrough, type UpstreamProxy } from './upstream-proxy.ts';

/** How long a connection may take to be made, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 15_000;

/** How long one of several addresses may take before the next one is tried, in milliseconds. */
const ATTEMPT_TIMEOUT_MS = 2_000;

/** How long a name server may take, in milliseconds, and how often it is asked. */
const RESOLVER = { timeout: 4_000, tries: 2 };

/** Most addresses of one name that are tried. */
const MAX_ADDRESSES = 8;

export interface DialDeps {
  /** Which addresses may be connected to; the default is the public internet. */
  readonly isAllowed?: (address: string) => boolean;
  /** Finds all addresses of a name; the default asks the name servers of the machine. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  /** Certificates of authorities that services are trusted by besides Node's own. */
  readonly authorities?: readonly string[];
}

/**
 * Connects to a host. A name is resolved once, its addresses are judged, and only those that were judged are dialled: a
 * second answer of the name server (DNS rebinding) is never asked for. Rejects with a DialError.
 */
export function createDialer({ isAllowed = isPublicAddress, resolve = resolveByName }: DialDeps = {}) {
  return async ({ host, port }: Target, through?: UpstreamProxy): Promise<Socket> => {
    const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolveOrFail(resolve, host);
    const allowed = found.filter(({ address }) => isAllowed(address)).slice(0, MAX_ADDRESSES);
    if (allowed.length === 0) throw new DialError('forbidden', `${host} is not on the public internet`);
    // The proxy finds the host by itself; what it leads to was looked at all the same.
    return through === undefined ? connectTo({ host, port }, allowed) : dialThrough(through, { host, port });
  };
}

export type Dial = ReturnType<typeof createDialer>;

async function resolveOrFail(resolve: NonNullable<DialDeps['resolve']>, host: string) {
  const found = await resolve(host).catch(() => []);
  if (found.length === 0) throw new DialError('unknown-host', `there is no host ${host}`);
  return found;
}

/**
 * Asks the name servers, and not the system's `getaddrinfo`: that one knows names of this machine and its network, and
 * takes a thread of the pool that the host's own files are read with for as long as a name server is silent.
 */
async function resolveByName(host: string): Promise<LookupAddress[]> {
  const resolver = new Resolver(RESOLVER);
  const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const found = (answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] =>
    answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
  return [...found(four, 4), ...found(six, 6)];
}

function connectTo({ host, port }: Target, addresses: readonly LookupAddress[]): Promise<Socket> {
  // Node's own choice between the two families, over what was judged and nothing else.
  const lookup: LookupFunction = (_, __, done) => done(null, [...addresses]);
  const [first] = addresses;
  const target = addresses.length === 1 && first ? { host: first.address } : { host, lookup, autoSelectFamily: true };
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, port, noDelay: true, autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS });
    const fail = (): void => {
      socket.destroy();
      reject(new DialError('unreachable', `${host} port ${port} cannot be reached`));
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, fail);
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('timeout', fail).off('error', fail);
      resolve(socket);
    });
  });
}
