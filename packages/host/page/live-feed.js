/** How long to wait before asking again after the host refused a stream, in milliseconds. */
const RETRY_MS = 4_000;

/**
 * Follows the state of the host, and the output of a sandbox when one is named, until `close`. `handlers` are `state`
 * ('open' or 'reconnecting'), `pulse` and `output`.
 */
export function followHost(sandbox, handlers) {
  const query = sandbox === undefined ? '' : `?sandbox=${encodeURIComponent(sandbox)}`;
  let source;
  let retry;
  function connect() {
    source = new EventSource(`/api/live/events${query}`);
    source.addEventListener('open', () => handlers.state('open'));
    source.addEventListener('pulse', (event) => handlers.pulse(JSON.parse(event.data)));
    source.addEventListener('output', (event) => handlers.output(JSON.parse(event.data)));
    source.addEventListener('error', () => {
      handlers.state('reconnecting');
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, RETRY_MS);
    });
  }
  connect();
  return {
    close() {
      clearTimeout(retry);
      source.close();
    },
  };
}
