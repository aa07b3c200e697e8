import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** One request to a host's control socket. Throws with the host's own words when it refuses. */
export async function controlRequest(
  socketPath: string,
  what: { method: string; path: string; body?: unknown },
): Promise<unknown> {
  const { method, path, body } = what;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request({ socketPath, method, path, headers }, (response) => {
      void text(response).then((answer) => {
        if ((response.statusCode ?? 500) < 400) resolve(JSON.parse(answer));
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
