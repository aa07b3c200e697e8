import { el } from './dom.js';
import { PAGES } from './routes.js';

/** How long after `g` the second key may come, in milliseconds. */
const SECOND_KEY_MS = 1_500;

const KEYS = [
  ['g c', 'the chat'],
  ...PAGES.filter(({ key }) => key !== undefined).map(({ key, title }) => [`g ${key}`, title.toLowerCase()]),
  ['/', 'write a message'],
  ['?', 'this list'],
];

/** Keys that lead somewhere, unless somebody is writing. */
export function listenToKeys({ go, button, write }) {
  let firstAt = 0;
  button.addEventListener('click', showKeys);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    const { key } = event;
    const isSecond = performance.now() - firstAt < SECOND_KEY_MS && firstAt > 0;
    firstAt = 0;
    if (isSecond) {
      const page = PAGES.find((candidate) => candidate.key === key);
      if (page !== undefined) go(`#/${page.hash}`);
      else if (key === 'c') go('#/chat');
    } else if (key === 'g') firstAt = performance.now();
    else if (key === '?') showKeys();
    else if (key === '/') {
      event.preventDefault();
      write();
    }
  });
}

function isWriting(target) {
  return target.closest('input, textarea, select, dialog') !== null;
}

function showKeys() {
  const close = el('button', { type: 'button', class: 'button' }, 'Close');
  const rows = KEYS.map(([keys, what]) =>
    el(
      'div',
      {},
      el(
        'dt',
        {},
        keys.split(' ').map((key) => el('kbd', {}, key)),
      ),
      el('dd', {}, what),
    ),
  );
  const list = el('dl', { class: 'key-list' }, rows);
  const dialog = el(
    'dialog',
    { 'aria-label': 'Keys' },
    el('h2', {}, 'Keys'),
    list,
    el('div', { class: 'row end' }, close),
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
