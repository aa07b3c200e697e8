import { createChatPage } from './chat-page.js';
import { followHost } from './live-feed.js';
import { createNav } from './nav.js';
import { hashOf, PAGES, routeOf } from './routes.js';
import { listenToKeys } from './shortcuts.js';
import { createFrame } from './view-frame.js';

const RETRY_MS = 2_000;

const part = (id) => document.getElementById(id);
const nav = createNav({
  nav: part('nav'),
  menu: part('menu'),
  veil: part('veil'),
  chats: part('chats'),
  pages: part('pages'),
});
const chatPage = createChatPage({ part, showState, setTitle, onConnected: () => void refreshChats() });

let chats = [];
let frame;
let feed;
let name = 'NanoClaw';

function showState(state, reason) {
  const connection = part('connection');
  connection.dataset.state = state;
  const text = state === 'open' ? 'connected' : `${state}…`;
  if (connection.textContent !== text) connection.textContent = text;
  part('reason').hidden = reason === undefined;
  // Said again at every attempt, but announced only when it changes.
  if (part('reason').textContent !== reason) part('reason').textContent = reason ?? '';
}

function setTitle(title, unread = 0) {
  name = title;
  part('title').textContent = title;
  document.title = unread === 0 ? pageTitle() : `(${unread}) ${pageTitle()}`;
}

/** A chat is what the page is for, so it goes without its name there. */
function pageTitle() {
  return part('view').hidden ? 'NanoClaw' : `${name} · NanoClaw`;
}

/** Counts what was shown: who has waited for something may find that somebody else is shown since, or the same once more. */
let visit = 0;

/** Leaves what is shown; at most one stream is open, because a browser has few connections to one host. */
function leave() {
  visit += 1;
  frame?.end();
  feed?.close();
  frame = undefined;
  feed = undefined;
  chatPage.close();
}

function openChat(jid) {
  part('view').hidden = true;
  for (const id of ['chat', 'bottom']) part(id).hidden = false;
  const chat = chats.find((candidate) => candidate.jid === jid) ?? chats[0];
  if (chat === undefined) return;
  chatPage.open(chat);
  nav.mark(hashOf('chat', chat.jid));
}

/** A chat that is not known may have been registered since. */
async function openNamed(jid) {
  const mine = visit;
  if (jid !== undefined && !chats.some((chat) => chat.jid === jid)) await refreshChats();
  // Opened twice, a chat would be followed twice, and every message be taken for another database's.
  if (visit === mine) openChat(jid);
}

async function openView(page, args) {
  for (const id of ['chat', 'bottom']) part(id).hidden = true;
  part('view').hidden = false;
  part('scroller').scrollTop = 0;
  nav.mark(`#/${page.hash}`);
  setTitle(page.title);
  const mine = createFrame({ root: part('view'), setTitle, go });
  frame = mine;
  try {
    const module = await import(page.fileOf(args));
    await module.show(mine, ...args);
  } catch (error) {
    if (!mine.signal.aborted) mine.say(error.message);
  }
  // Only now: what is told before anybody listens would be lost.
  if (mine.signal.aborted) return;
  feed = followHost(page.hash === 'live' ? args[0] : undefined, {
    state: showState,
    pulse: (state) => mine.tell('pulse', state),
    output: (piece) => mine.tell('output', piece),
  });
}

function go(hash) {
  if (location.hash === hash) show();
  else location.hash = hash;
}

function show({ isFirst = false } = {}) {
  leave();
  nav.close();
  showState('connecting');
  const { name: wanted, args } = routeOf(location.hash);
  const page = PAGES.find(({ hash }) => hash === wanted);
  if (page === undefined) void openNamed(args[0]);
  else void openView(page, args);
  if (page !== undefined && !isFirst) part('title').focus();
  // On a phone the focus would open the keyboard over the conversation.
  if (page === undefined && matchMedia('(pointer: fine)').matches) part('text').focus();
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
  if (list === undefined || JSON.stringify(list) === JSON.stringify(chats)) return;
  chats = list;
  nav.showChats(chats);
  chatPage.rename(chats);
}

/** Opens what the address names, else the first chat; asks again while the host is away or has none. */
async function start() {
  const list = await askChats();
  const { name: wanted } = routeOf(location.hash);
  const isView = PAGES.some(({ hash }) => hash === wanted);
  if (list === undefined || (list.length === 0 && !isView)) {
    if (list !== undefined) showState('reconnecting', 'there is no chat yet');
    setTimeout(start, RETRY_MS);
    return;
  }
  chats = list;
  nav.showChats(chats);
  show({ isFirst: true });
  window.addEventListener('hashchange', () => {
    show();
    if (!part('view').hidden) void refreshChats();
  });
}

part('skip').addEventListener('click', (event) => {
  event.preventDefault();
  part('scroller').focus();
});
document.addEventListener('visibilitychange', () => chatPage.look());
for (const button of document.querySelectorAll('[data-suggestion]')) {
  button.addEventListener('click', () => chatPage.suggest(button.textContent));
}
listenToKeys({ go, button: part('show-keys'), write: () => part('text').focus() });
void start();
