import type { RequestListener, ServerResponse } from 'node:http';
import type { Hono } from 'hono';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

/** Listens for requests with code that the first of them loads: a host at which nobody looks holds none of it. */
export function lazyListener(log: Log, load: () => Promise<Hono>): RequestListener {
  let loading: Promise<RequestListener> | undefined;

  async function loadListener(): Promise<RequestListener> {
    const [{ getRequestListener }, app] = await Promise.all([import('@hono/node-server'), load()]);
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  }
  function fail(response: ServerResponse, error: unknown): void {
    // The next request tries again: a file that could not be read may be there then.
    loading = undefined;
    log.error('web.not-loaded', { error: describeError(error) });
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        error: 'the host could not load its page: restart it if it was updated since; its log says why',
      }),
    );
  }
  return (request, response) => {
    loading ??= loadListener();
    loading.then(
      (listener) => void listener(request, response),
      (error: unknown) => fail(response, error),
    );
  };
}
