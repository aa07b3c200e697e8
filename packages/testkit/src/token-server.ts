import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

/** A token endpoint as Google's, and what a mail server asks about a token. */
export interface TokenServer {
  readonly tokenUrl: string;
  /** The token is added to it. */
  readonly introspection: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Tokens that were given so far. */
  given(): number;
  isValid(token: string): boolean;
  /** Every token that was given is worth nothing any more. */
  expire(): void;
  /** The owner has taken the permission back: no token is given any more. */
  revoke(): void;
  close(): Promise<void>;
}

const CLIENT = { clientId: 'client.apps.test', clientSecret: 'GOCSPX-client-secret', refreshToken: '1//refresh-token' };

export async function startTokenServer(address: string): Promise<TokenServer> {
  const valid = new Set<string>();
  let given = 0;
  let isRevoked = false;
  const grant = (body: string): [status: number, answer: object] => {
    const form = new URLSearchParams(body);
    const isRight =
      form.get('grant_type') === 'refresh_token' &&
      form.get('client_id') === CLIENT.clientId &&
      form.get('client_secret') === CLIENT.clientSecret &&
      form.get('refresh_token') === CLIENT.refreshToken;
    if (!isRight || isRevoked) return [400, { error: 'invalid_grant', error_description: 'Token has been revoked.' }];
    const token = `access-token-${++given}`;
    valid.add(token);
    return [200, { access_token: token, expires_in: 3_599, token_type: 'Bearer' }];
  };
  const server = createServer((request, response) => {
    const answer = ([status, body]: [number, object]): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/token') return void readText(request).then((body) => answer(grant(body)));
    const token = new URL(request.url ?? '/', 'http://test').searchParams.get('token') ?? '';
    answer(valid.has(token) ? [200, { email: address, active: 'true' }] : [401, { error: 'invalid_token' }]);
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...CLIENT,
    tokenUrl: `${root}/token`,
    introspection: `${root}/about?token=`,
    given: () => given,
    isValid: (token) => valid.has(token),
    expire: () => valid.clear(),
    revoke() {
      isRevoked = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
