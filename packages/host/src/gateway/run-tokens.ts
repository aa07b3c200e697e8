import { newSecret } from '../kernel/ids.ts';

/** Who a token stands for. */
export interface TokenHolder {
  readonly groupFolder: string;
  readonly runId: string;
}

/** Per-run tokens: a sandbox proves with its own who it is; the token dies with the run. */
export interface RunTokens {
  issue(holder: TokenHolder): string;
  revoke(token: string): void;
  /** The holder named by a credential header, however the client wrapped the token; undefined for strangers. */
  identify(headers: { apiKey?: string | undefined; authorization?: string | undefined }): TokenHolder | undefined;
}

export function createRunTokens(): RunTokens {
  const holders = new Map<string, TokenHolder>();
  return {
    issue(holder) {
      const token = newSecret();
      holders.set(token, holder);
      return token;
    },
    revoke: (token) => {
      holders.delete(token);
    },
    identify({ apiKey, authorization }) {
      // A Map look-up by a 128-bit random value leaks nothing useful through its timing.
      for (const value of [apiKey, authorization]) {
        const token = /[0-9a-f]{32}$/.exec(value ?? '')?.[0];
        const holder = token === undefined ? undefined : holders.get(token);
        if (holder !== undefined) return holder;
      }
      return undefined;
    },
  };
}
