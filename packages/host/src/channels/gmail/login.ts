import { z } from 'zod';
import { NanoError } from '../../kernel/errors.ts';

/** How the channel shows that it may use the mailbox. */
export type Credentials =
  | { readonly kind: 'password'; readonly password: string }
  | {
      readonly kind: 'oauth';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
      /** Where tokens are renewed. */
      readonly tokenUrl: string;
    };

/** What a mail server is shown. */
export type Proof = { readonly password: string } | { readonly accessToken: string };

export interface Login {
  /** Throws NanoError 'config-invalid' when the permission is gone, another error when the endpoint cannot be reached. */
  proof(signal: AbortSignal): Promise<Proof>;
  /** A server has not taken the proof: the next one is made anew. */
  refused(): void;
}

/** A token is renewed this long before it ends, in milliseconds. */
const RENEW_BEFORE_MS = 60_000;

/** How long the endpoint may take, in milliseconds. */
const MAX_RENEW_MS = 30_000;

const Granted = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().default(3_600) });

export function createLogin(credentials: Credentials, now: () => number): Login {
  if (credentials.kind === 'password') {
    const { password } = credentials;
    return { proof: async () => ({ password }), refused: () => undefined };
  }
  let held: { accessToken: string; until: number } | undefined;
  return {
    async proof(signal) {
      if (held === undefined || held.until <= now()) {
        const { access_token: accessToken, expires_in: seconds } = await renew(credentials, signal);
        held = { accessToken, until: now() + seconds * 1_000 - RENEW_BEFORE_MS };
      }
      return { accessToken: held.accessToken };
    },
    refused() {
      held = undefined;
    },
  };
}

async function renew(
  { clientId, clientSecret, refreshToken, tokenUrl }: Extract<Credentials, { kind: 'oauth' }>,
  signal: AbortSignal,
): Promise<z.infer<typeof Granted>> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MAX_RENEW_MS)]);
  const response = await fetch(tokenUrl, { method: 'POST', body, signal: limit, redirect: 'error' });
  if (response.status === 400 || response.status === 401) {
    throw new NanoError(
      'config-invalid',
      'the permission for the mailbox is not valid any more: give it again and set GMAIL_OAUTH_REFRESH_TOKEN (a client that is still in "Testing" loses it after 7 days)',
    );
  }
  if (!response.ok) throw new Error(`the token endpoint answered with status ${response.status}`);
  return Granted.parse(await response.json());
}
