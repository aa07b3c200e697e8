import type { ModelCredential } from '../config/config.ts';
import { describeError } from '../kernel/errors.ts';

/** How long the service may take to answer, in milliseconds. */
const LIMIT_MS = 20_000;

/** What asking the model service with the owner's credential has shown. `serverTime` is its clock, where it says. */
export type CredentialTrial =
  | { readonly kind: 'accepted'; readonly serverTime?: number }
  | { readonly kind: 'refused'; readonly status: number; readonly serverTime?: number }
  | { readonly kind: 'unclear'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string };

const SMALL_MODEL = 'claude-haiku-4-5';

/**
 * Makes a real request with the credential: the list of models, which costs nothing, and where there is none, as with some
 * compatible services, one answer of one token. Never rejects, and what it says holds no secret.
 */
export async function tryCredential(
  given: { readonly credential: ModelCredential; readonly base: string; readonly model: string | undefined },
  signal?: AbortSignal,
): Promise<CredentialTrial> {
  const { credential, base } = given;
  const headers = { 'anthropic-version': '2023-06-01', 'content-type': 'application/json', ...proof(credential) };
  const deadline = AbortSignal.timeout(LIMIT_MS);
  const limit = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const ask = async (path: string, body?: object) => {
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${base.replace(/\/$/, '')}${path}`, { ...sent, headers, signal: limit });
    await response.body?.cancel();
    return response;
  };
  try {
    const listed = await ask('/v1/models?limit=1');
    if (listed.status !== 404 && listed.status !== 405) return judge(listed);
    const messages = [{ role: 'user', content: 'hi' }];
    return judge(await ask('/v1/messages', { model: given.model ?? SMALL_MODEL, max_tokens: 1, messages }));
  } catch (error) {
    return { kind: 'unreachable', why: describeError(error) };
  }
}

function judge({ status, headers }: Response): CredentialTrial {
  const date = Date.parse(headers.get('date') ?? '');
  const clock = Number.isNaN(date) ? {} : { serverTime: date };
  if (status < 300) return { kind: 'accepted', ...clock };
  if (status === 401 || status === 403) return { kind: 'refused', status, ...clock };
  return { kind: 'unclear', why: `it answers with status ${status}` };
}

function proof(credential: ModelCredential): Record<string, string> {
  switch (credential.scheme) {
    case 'none':
    case 'onecli':
      return {};
    case 'api-key':
      return { 'x-api-key': credential.secret };
    case 'oauth':
      return { authorization: `Bearer ${credential.secret}`, 'anthropic-beta': 'oauth-2025-04-20' };
    case 'auth-token':
      return { authorization: `Bearer ${credential.secret}` };
  }
}
