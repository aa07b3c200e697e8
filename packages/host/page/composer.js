import { el } from './dom.js';
import { bytes } from './format.js';

/** After this long without an answer a send counts as failed, in milliseconds; files take longer. */
const SEND_LIMIT_MS = 30_000;
const UPLOAD_LIMIT_MS = 120_000;

/** What the host takes with one message; it says so, too. */
const MAX_FILES = 20;
const MAX_UPLOAD_BYTES = 25 * 2 ** 20;

/** The box one writes in. Text leaves it only when the host has taken the message; every chat keeps its own draft. */
export function createComposer(parts) {
  const { form, text, send, attach, input, chosen, target, error, onSent } = parts;
  const drafts = new Map();
  let jid;
  let files = [];
  let isSending = false;

  function refresh() {
    send.disabled = isSending || jid === undefined || (text.value.trim() === '' && files.length === 0);
    text.style.height = 'auto';
    text.style.height = `${text.scrollHeight}px`;
  }
  function say(sentence) {
    error.textContent = sentence;
    error.hidden = sentence === '';
  }
  async function submit() {
    if (send.disabled) return;
    const [to, sent, sentFiles] = [jid, text.value, files];
    isSending = true;
    refresh();
    const failure = await post(to, sent, sentFiles);
    isSending = false;
    if (failure === undefined) removeSent(to, sent, sentFiles);
    if (to === jid) say(failure === undefined ? '' : `Not sent: ${failure}`);
    refresh();
    if (failure === undefined && to === jid) onSent();
  }
  /** One may have gone on writing, or to another chat, while the message was on its way. */
  function removeSent(to, sent, sentFiles) {
    const kept = to === jid ? { text: text.value, files } : (drafts.get(to) ?? { text: '', files: [] });
    const left = kept.text.startsWith(sent) ? kept.text.slice(sent.length).trimStart() : kept.text;
    const draft = { text: left, files: kept.files.filter((file) => !sentFiles.includes(file)) };
    if (to === jid) show(draft);
    else drafts.set(to, draft);
  }
  function show(draft) {
    text.value = draft.text;
    files = draft.files;
    showFiles();
  }
  function addFiles(list) {
    const all = [...files, ...list];
    const size = all.reduce((sum, file) => sum + file.size, 0);
    if (all.length > MAX_FILES) return say(`Not added: one message takes ${MAX_FILES} files at most.`);
    if (size > MAX_UPLOAD_BYTES)
      return say(`Not added: one message takes ${bytes(MAX_UPLOAD_BYTES)} of files at most.`);
    say('');
    files = all;
    showFiles();
    refresh();
  }
  function showFiles() {
    chosen.replaceChildren(...files.map((file) => chip(file, () => removeFile(file))));
    chosen.hidden = files.length === 0;
  }
  function removeFile(file) {
    files = files.filter((other) => other !== file);
    showFiles();
    refresh();
    text.focus();
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
  attach.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    addFiles(input.files);
    input.value = '';
  });
  text.addEventListener('paste', (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });
  for (const name of ['dragover', 'drop']) {
    // A file that is dropped beside the box must not take the place of the page.
    target.addEventListener(name, (event) => {
      event.preventDefault();
      if (name === 'drop' && jid !== undefined) addFiles(event.dataTransfer.files);
    });
  }
  refresh();

  function close() {
    if (jid !== undefined) drafts.set(jid, { text: text.value, files });
    jid = undefined;
  }
  return {
    close,
    open(chatJid) {
      close();
      jid = chatJid;
      show(drafts.get(chatJid) ?? { text: '', files: [] });
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

function chip(file, remove) {
  const button = el('button', { type: 'button', 'aria-label': `Remove ${file.name}`, on: { click: remove } }, '×');
  return el('li', {}, el('span', {}, file.name), el('span', { class: 'soft' }, bytes(file.size)), button);
}

/** Undefined when the host has stored the message, else why not. */
async function post(jid, text, files) {
  const chat = `/chats/${encodeURIComponent(jid)}`;
  try {
    const response = files.length > 0 ? await upload(chat, text, files) : await tell(chat, text);
    return response.ok ? undefined : (await response.json()).error;
  } catch {
    return 'the host does not answer. Your text is kept; try again.';
  }
}

function tell(chat, text) {
  return fetch(`${chat}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
    signal: AbortSignal.timeout(SEND_LIMIT_MS),
  });
}

function upload(chat, text, files) {
  const body = new FormData();
  body.append('text', text);
  for (const file of files) body.append('file', file, file.name);
  return fetch(`${chat}/files`, { method: 'POST', body, signal: AbortSignal.timeout(UPLOAD_LIMIT_MS) });
}
