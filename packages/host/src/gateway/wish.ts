import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ServiceRequest, ServiceRule, ServiceVerdict } from '../access/service-rules.ts';
import type { Instant } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { ConnectionPlaces } from './connection-places.ts';
import type { Dial } from './dial.ts';
import { DialError } from './dial-error.ts';
import { Refusal } from './egress-answers.ts';
import type { Target } from './egress-target.ts';
import type { RunTokens, TokenHolder } from './run-tokens.ts';

/** How long nothing may pass through a connection to a host, in milliseconds. */
export const MAX_TUNNEL_SILENCE_MS = 15 * 60_000;

/** What became of one wish to reach a host of the internet. */
export interface EgressReport extends TokenHolder {
  /** The service whose credential was put in. */
  readonly service?: string;
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** The address that was connected to, or why there was no connection. */
  readonly outcome: { readonly address: string } | { readonly refused: string };
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly ms: number;
}

type Refused = string | undefined | Promise<string | undefined>;

/** What a gateway needs to let agents reach hosts besides the model service. */
export interface EgressDeps {
  /** Why a run may not reach a target; undefined when it may. It may take as long as a person takes to say so. */
  readonly whyRefused: (holder: TokenHolder, target: Target) => Refused;
  /** The same for one of the owner's services. */
  readonly whyServiceRefused: (holder: TokenHolder, rule: ServiceRule) => Refused;
  /** Whether a plain request is one for a service of the owner's, and with which credential. */
  readonly judgeService: (groupFolder: string, request: ServiceRequest) => ServiceVerdict;
  readonly dial: Dial;
  /** Certificates of authorities that services are trusted by besides Node's own: only tests have such. */
  readonly authorities?: readonly string[] | undefined;
  readonly onReport: (report: EgressReport) => void;
}

export type ProxyDeps = EgressDeps & {
  readonly tokens: RunTokens;
  readonly places: ConnectionPlaces;
  readonly mayWish: (holder: TokenHolder) => boolean;
  readonly now: () => Instant;
};

/** What is no request for a service. */
const NO_SERVICE: ServiceVerdict = { kind: 'other' };

/** One wish of a live run. */
export interface Wish<Wished extends Target> {
  readonly target: Wished;
  /** Dials when the policy lets it; throws a Refusal. Counts what passes until the connection is closed. */
  open(): Promise<Socket>;
  /** Tells, once, that there is no connection. */
  refused(refusal: Refusal): void;
}

export function holderOf({ tokens }: ProxyDeps, request: IncomingMessage): TokenHolder {
  const holder = tokens.identifyClient(request.headers['proxy-authorization']);
  if (holder === undefined) throw new Refusal(407, 'the token belongs to no live run');
  return holder;
}

/** Reads what a live run asks for; throws a Refusal for what is none. A verdict about a service stands in the policy's place. */
export function wishOf<Wished extends Target>(
  deps: ProxyDeps,
  request: IncomingMessage,
  target: Wished | undefined,
  verdict: ServiceVerdict = NO_SERVICE,
): Wish<Wished> {
  const holder = holderOf(deps, request);
  if (!deps.mayWish(holder)) throw new Refusal(429, 'this run has asked for too many hosts: wait a while');
  if (target === undefined) throw new Refusal(400, 'a host is asked for as CONNECT host:port, or as http://host/');
  const { method = '' } = request;
  const { host } = target;
  const service = verdict.kind === 'service' ? verdict.rule : undefined;
  const { port } = service ?? target;
  const named = service === undefined ? {} : { service: service.name };
  const startedAt = deps.now();
  let isTold = false;
  function tell(outcome: EgressReport['outcome'], bytesOut = 0, bytesIn = 0): void {
    if (isTold) return;
    isTold = true;
    deps.onReport({ ...holder, ...named, method, host, port, outcome, bytesOut, bytesIn, ms: deps.now() - startedAt });
  }
  return {
    target,
    async open() {
      const why = await whyRefused(deps, { holder, target, verdict });
      if (why !== undefined) throw new Refusal(403, why);
      const socket = await deps
        .dial({ host, port }, service === undefined ? deps.tokens.proxyOf(holder) : undefined)
        .catch((error: unknown) => {
          const isForbidden = error instanceof DialError && error.kind === 'forbidden';
          throw new Refusal(isForbidden ? 403 : 502, describeError(error));
        });
      const { remoteAddress: address = '' } = socket;
      socket.setTimeout(MAX_TUNNEL_SILENCE_MS, () => socket.destroy());
      socket.on('error', () => socket.destroy());
      socket.once('close', () => tell({ address }, socket.bytesWritten, socket.bytesRead));
      return socket;
    },
    refused: ({ message }) => tell({ refused: message }),
  };
}

function whyRefused(
  deps: EgressDeps,
  { holder, target, verdict }: { holder: TokenHolder; target: Target; verdict: ServiceVerdict },
): Refused {
  if (verdict.kind === 'other') return deps.whyRefused(holder, target);
  return verdict.kind === 'refused' ? verdict.why : deps.whyServiceRefused(holder, verdict.rule);
}

/** What a plain request of a live run is to the owner's services. */
export function verdictOf(
  deps: ProxyDeps,
  request: IncomingMessage,
  target: (Target & { readonly path: string }) | undefined,
): ServiceVerdict {
  if (target === undefined) return NO_SERVICE;
  const { method = '' } = request;
  return deps.judgeService(holderOf(deps, request).groupFolder, { ...target, method });
}
