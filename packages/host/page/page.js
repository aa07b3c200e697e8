import { createComposer } from './composer.js';
import { createConversationView } from './conversation-view.js';
import { followChat } from './event-feed.js';

const RETRY_MS = 2_000;
const TITLE = 'NanoClaw';

const part = (id) => document.getElementById(id);
const connection = part('connection');
const chatSelect = part('chat-select');

const view = createConversationView({
  scroller: part('scroller'),
  log: part('log'),
  empty: part('empty'),
  partial: part('partial'),
  typing: part('typing'),
  toNewest: part('to-newest'),
});
const composer = createComposer({
  form: part('composer'),
  text: part('text'),
  send: part('send'),
  error: part('send-error'),
  onSent: () => view.toEnd(),
});

let chats = [];
let openJid;
let feed;
let unread = 0;

function showState(state, reason) {
  connection.dataset.state = state;
  connection.textContent = state === 'open' ? 'connected' : `${state}…`;
  part('reason').hidden = reason === undefined;
  // Said again at every attempt, but announced only when it changes.
  if (part('reason').textContent !== reason) part('reason').textContent = reason ?? '';
}

function countUnread(isNew) {
  unread = document.hidden && isNew ? unread + 1 : document.hidden ? unread : 0;
  document.title = unread === 0 ? TITLE : `(${unread}) ${TITLE}`;
}

function openChat(jid) {
  feed?.close();
  openJid = jid;
  showName();
  view.clear();
  composer.open(jid);
  showState('connecting');
  let isHistory = true;
  feed = followChat(jid, {
    state(state, reason) {
      showState(state, reason);
      if (state === 'open') void refreshChats();
    },
    message(message) {
      view.addMessage(message);
      if (!isHistory && message.from === 'assistant') countUnread(true);
    },
    // The host tells the typing state after what is stored.
    typing(isTyping) {
      isHistory = false;
      view.settle();
      view.setTyping(isTyping);
    },
    partial: (text) => view.setPartial(text),
  });
}

function showName() {
  part('chat-name').textContent = chats.find(({ jid }) => jid === openJid)?.name ?? TITLE;
}

function showChats(list) {
  chats = list;
  showName();
  part('chat-choice').hidden = chats.length < 2;
  part('chat-name').hidden = chats.length >= 2;
  chatSelect.replaceChildren(...chats.map(({ jid, name }) => new Option(name, jid, false, jid === openJid)));
}

/** Undefined when the list cannot be had. */
async function askChats() {
  try {
    const response = await fetch('/chats');
    const answer = await response.json();
    if (response.ok) return answer;
    showState('reconnecting', answer.error);
  } catch {
    showState('reconnecting');
  }
  return undefined;
}

async function refreshChats() {
  const list = await askChats();
  if (list !== undefined && JSON.stringify(list) !== JSON.stringify(chats)) showChats(list);
}

/** Opens the chat named in the address, else the first; asks again while the host is away or has none. */
async function start() {
  const list = await askChats();
  if (list === undefined || list.length === 0) {
    if (list !== undefined) showState('reconnecting', 'there is no local chat yet');
    setTimeout(start, RETRY_MS);
    return;
  }
  showChats(list);
  const named = list.find(({ jid }) => encodeURIComponent(jid) === location.hash.slice(1));
  openChat((named ?? list[0]).jid);
  chatSelect.value = openJid;
}

chatSelect.addEventListener('change', () => {
  history.replaceState(null, '', `#${encodeURIComponent(chatSelect.value)}`);
  openChat(chatSelect.value);
});
document.addEventListener('visibilitychange', () => countUnread(false));
for (const button of document.querySelectorAll('[data-suggestion]')) {
  button.addEventListener('click', () => composer.suggest(button.textContent));
}
// On a phone the focus would open the keyboard over the conversation.
if (matchMedia('(pointer: fine)').matches) part('text').focus();
void start();
