/** After this long without an answer a send counts as failed, in milliseconds. */
const SEND_LIMIT_MS = 30_000;

/** The box one writes in. Text leaves it only when the host has taken the message; every chat keeps its own draft. */
export function createComposer(parts) {
  const { form, text, send, error, onSent } = parts;
  const drafts = new Map();
  let jid;
  let isSending = false;

  function refresh() {
    send.disabled = isSending || jid === undefined || text.value.trim() === '';
    text.style.height = 'auto';
    text.style.height = `${text.scrollHeight}px`;
  }
  function say(sentence) {
    error.textContent = sentence;
    error.hidden = sentence === '';
  }
  async function submit() {
    if (send.disabled) return;
    const target = jid;
    const sent = text.value;
    isSending = true;
    refresh();
    const failure = await post(target, sent);
    isSending = false;
    if (failure === undefined) removeSent(target, sent);
    if (target === jid) say(failure === undefined ? '' : `Not sent: ${failure}`);
    refresh();
    if (failure === undefined && target === jid) onSent();
  }
  /** One may have gone on writing, or to another chat, while the message was on its way. */
  function removeSent(target, sent) {
    const now = target === jid ? text.value : (drafts.get(target) ?? '');
    const left = now.startsWith(sent) ? now.slice(sent.length).trimStart() : now;
    if (target === jid) text.value = left;
    else drafts.set(target, left);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  text.addEventListener('input', refresh);
  text.addEventListener('keydown', (event) => {
    // The Enter that ends the choice of an input method (229 in Safari) is not meant for us.
    const isChoosing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || isChoosing) return;
    event.preventDefault();
    void submit();
  });
  refresh();

  return {
    open(chatJid) {
      if (jid !== undefined) drafts.set(jid, text.value);
      jid = chatJid;
      text.value = drafts.get(chatJid) ?? '';
      say('');
      refresh();
    },
    /** Puts text into the box without sending it. */
    suggest(suggestion) {
      text.value = suggestion;
      refresh();
      text.focus();
    },
  };
}

/** Undefined when the host has stored the message, else why not. */
async function post(jid, text) {
  try {
    const response = await fetch(`/chats/${encodeURIComponent(jid)}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
      signal: AbortSignal.timeout(SEND_LIMIT_MS),
    });
    return response.ok ? undefined : (await response.json()).error;
  } catch {
    return 'the host does not answer. Your text is kept; try again.';
  }
}
