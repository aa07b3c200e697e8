import { filesNode } from './message-files.js';
import { renderText } from './message-text.js';

/** Most messages kept on the page; the oldest leave it, the host still has them. */
const MAX_SHOWN = 1_000;

/** Messages of one sender closer than this share one heading, in milliseconds. */
const TOGETHER_MS = 5 * 60_000;

/** This close to the end counts as being there, in pixels. */
const NEAR_END_PX = 60;

const UNNAMED = { assistant: 'Assistant', other: 'Somebody' };

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const wholeTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const wholeDay = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** The messages of one chat with the answer being written below them. Keeps the end in sight unless one scrolled away. */
export function createConversationView(parts) {
  const { scroller, log, empty, partial, typing, toNewest } = parts;
  const shown = new Map();
  let last;
  let isTyping = false;
  let partialText = '';
  let isPartialDue = false;
  let isFollowing = true;

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
    isFollowing = true;
    toNewest.hidden = true;
  }
  function follow(isNews) {
    // Another page is shown in the same place.
    if (log.offsetParent === null) return;
    if (isFollowing) toEnd();
    else if (isNews) toNewest.hidden = false;
  }
  function showLive() {
    partial.hidden = partialText === '';
    typing.hidden = !isTyping || partialText !== '';
    follow(false);
  }
  function clear() {
    log.replaceChildren();
    log.ariaBusy = 'true';
    shown.clear();
    last = undefined;
    isTyping = false;
    partialText = '';
    empty.hidden = true;
    isFollowing = true;
    showLive();
  }
  /** Many pieces may come between two frames; only what the eye could see is drawn. */
  function drawPartial() {
    isPartialDue = false;
    if (partialText === '') return;
    partial.querySelector('.text').replaceChildren(renderText(partialText));
    showLive();
  }

  scroller.addEventListener('scroll', () => {
    if (log.offsetParent === null) return;
    isFollowing = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    if (isFollowing) toNewest.hidden = true;
  });
  toNewest.addEventListener('click', toEnd);
  // The keyboard of a phone and a growing composer take room from the end.
  new ResizeObserver(() => follow(false)).observe(scroller);

  return {
    clear,
    toEnd,
    addMessage(message) {
      // A number that was shown already: the host has another database now and tells it from the start.
      if (shown.has(message.seq)) clear();
      if (message.from === 'assistant') partialText = '';
      const node = messageNode(message, last);
      dayNode(log, message.time).append(node);
      shown.set(message.seq, node);
      last = message;
      for (const [seq, oldest] of [...shown].slice(0, -MAX_SHOWN)) {
        oldest.remove();
        shown.delete(seq);
      }
      if (log.firstElementChild.childElementCount === 1) log.firstElementChild.remove();
      if (log.ariaBusy === 'true') return;
      empty.hidden = true;
      showLive();
      follow(true);
    },
    /** The history is there: from now on messages are news. */
    settle() {
      log.ariaBusy = 'false';
      empty.hidden = shown.size > 0;
      follow(false);
    },
    setTyping(value) {
      isTyping = value;
      if (!value) partialText = '';
      showLive();
    },
    setPartial(text) {
      partialText = text;
      if (!isPartialDue) requestAnimationFrame(drawPartial);
      isPartialDue = true;
    },
  };
}

function messageNode(message, previous) {
  const node = document.createElement('article');
  node.className = `message from-${message.from}`;
  node.dataset.seq = message.seq;
  const isFirst = !isTogether(message, previous);
  if (isFirst) node.classList.add('is-first');
  const heading = document.createElement('header');
  if (!isFirst) heading.className = 'unseen';
  heading.append(senderNode(message), timeNode(message.time));
  const text = document.createElement('div');
  text.className = 'text';
  text.dir = 'auto';
  text.append(renderText(message.text));
  node.append(heading, text);
  if (message.files !== undefined) node.append(filesNode(message.files));
  return node;
}

function isTogether(message, previous) {
  if (previous === undefined || previous.from !== message.from || previous.sender !== message.sender) return false;
  const [before, now] = [new Date(previous.time), new Date(message.time)];
  return now - before < TOGETHER_MS && now.toDateString() === before.toDateString();
}

function senderNode(message) {
  const node = document.createElement('span');
  node.className = message.from === 'owner' ? 'unseen' : 'sender';
  node.textContent = message.from === 'owner' ? 'You' : message.sender || UNNAMED[message.from];
  return node;
}

function timeNode(time) {
  const node = document.createElement('time');
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return node;
  node.dateTime = time;
  node.textContent = clockTime.format(date);
  node.title = wholeTime.format(date);
  return node;
}

/** The section of the message's day; a day that differs from the last one begins a new section. */
function dayNode(log, time) {
  const date = new Date(time);
  const day = Number.isNaN(date.getTime()) ? '' : date.toDateString();
  if (log.lastElementChild !== null && (day === '' || log.lastElementChild.dataset.day === day)) {
    return log.lastElementChild;
  }
  const node = document.createElement('section');
  node.dataset.day = day;
  const heading = document.createElement('h2');
  heading.className = 'day';
  node.append(heading);
  log.append(node);
  // "Today" of a page that stayed open is "Yesterday" when the next day begins.
  for (const section of log.children) section.firstElementChild.textContent = dayName(section.dataset.day);
  return node;
}

function dayName(day) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (day === '') return 'Earlier';
  if (day === today.toDateString()) return 'Today';
  return day === yesterday.toDateString() ? 'Yesterday' : wholeDay.format(new Date(day));
}
