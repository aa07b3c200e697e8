import { newSecret } from '../kernel/ids.ts';
import type { UpstreamProxy } from './upstream-proxy.ts';

/** Who a token stands for. */
export interface TokenHolder {
  readonly groupFolder: string;
  readonly runId: string;
}

/** Per-run tokens: a sandbox proves with its own who it is; the token dies with the run. */
export interface RunTokens {
  /** With `proxy` the run goes out through that. */
  issue(holder: TokenHolder, proxy?: UpstreamProxy): string;
  proxyOf(holder: TokenHolder): UpstreamProxy | undefined;
  revoke(token: string): void;
  /** The holder named by a credential header, however the client wrapped the token; undefined for strangers. */
  identify(headers: { apiKey?: string | undefined; authorization?: string | undefined }): TokenHolder | undefined;
  /** The same for the header of a proxy's client: `Basic` with the token as password, or `Bearer`. */
  identifyClient(proxyAuthorization: string | undefined): TokenHolder | undefined;
}

export function createRunTokens(): RunTokens {
  const holders = new Map<string, TokenHolder>();
  // Beside the holders and not in them: they are what logs and reports show.
  const proxies = new WeakMap<TokenHolder, UpstreamProxy>();

  // A Map look-up by a 128-bit random value leaks nothing useful through its timing.
  function find(value: string | undefined): TokenHolder | undefined {
    const token = /[0-9a-f]{32}$/.exec(value ?? '')?.[0];
    return token === undefined ? undefined : holders.get(token);
  }

  return {
    issue(holder, proxy) {
      const token = newSecret();
      if (proxy !== undefined) proxies.set(holder, proxy);
      holders.set(token, holder);
      return token;
    },
    proxyOf: (holder) => proxies.get(holder),
    revoke: (token) => {
      holders.delete(token);
    },
    identify: ({ apiKey, authorization }) => find(apiKey) ?? find(authorization),
    identifyClient(header = '') {
      const [, basic] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header) ?? [];
      return find(basic === undefined ? header : Buffer.from(basic, 'base64').toString('latin1'));
    },
  };
}
