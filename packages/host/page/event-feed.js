/** How long to wait before asking again after the host refused a stream, in milliseconds. */
const RETRY_MS = 2_000;

/**
 * Follows a chat until `close`. The browser reconnects by itself after a broken connection and says what it saw last;
 * after a refusal, where it gives up, this asks again from the last message seen. `handlers.state` is told
 * 'open' or 'reconnecting', with the host's reason for a refusal.
 */
export function followChat(jid, handlers) {
  const address = `/chats/${encodeURIComponent(jid)}/events`;
  let source;
  let lastSeq;
  let retry;
  let isClosed = false;

  function connect() {
    source = new EventSource(lastSeq === undefined ? address : `${address}?after=${lastSeq}`);
    source.addEventListener('open', () => handlers.state('open'));
    source.addEventListener('error', onError);
    source.addEventListener('message', (event) => {
      const message = JSON.parse(event.data);
      lastSeq = message.seq;
      handlers.message(message);
    });
    source.addEventListener('typing', (event) => handlers.typing(JSON.parse(event.data).isTyping));
    source.addEventListener('partial', (event) => handlers.partial(JSON.parse(event.data).text));
  }

  async function onError() {
    if (source.readyState !== EventSource.CLOSED) {
      handlers.state('reconnecting');
      return;
    }
    const reason = await reasonOf(address);
    if (isClosed) return;
    handlers.state('reconnecting', reason);
    retry = setTimeout(connect, RETRY_MS);
  }

  connect();
  return {
    close() {
      isClosed = true;
      clearTimeout(retry);
      source.close();
    },
  };
}

/** An EventSource does not tell why it was refused, a plain request does. */
async function reasonOf(address) {
  const asking = new AbortController();
  try {
    const response = await fetch(`${address}?history=0`, { signal: asking.signal });
    return response.ok ? undefined : (await response.json()).error;
  } catch {
    return undefined;
  } finally {
    asking.abort();
  }
}
