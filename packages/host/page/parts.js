import { el } from './dom.js';
import { away, moment, wholeMoment } from './format.js';

/** The parts that all pages are made of. */

export function section(title, ...children) {
  return el('section', { class: 'section' }, title === '' ? null : el('h2', {}, title), children);
}

export function card(...children) {
  return el('div', { class: 'card' }, children);
}

/** A word about a state; `tone` is good, bad, warn or nothing. */
export function badge(text, tone = '') {
  return el('span', { class: `badge ${tone}` }, text);
}

export function link(hash, text, attributes = {}) {
  return el('a', { href: hash, ...attributes }, text);
}

export function empty(title, text, ...children) {
  return el('div', { class: 'nothing' }, el('h2', {}, title), el('p', {}, text), children);
}

/** A moment with the distance to it; the whole of it is in the title. */
export function time(text, { isDistance = false } = {}) {
  if (text === null || text === undefined) return '–';
  const words = isDistance ? away(text) : moment(text);
  return el('time', { datetime: text, title: wholeMoment(text) }, words);
}

/** Names and values; what has no value is left out. */
export function facts(pairs) {
  const rows = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return el(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );
}

/** A table that scrolls by itself where it is wider than the page. `columns` are `[name, cell, class]`. */
export function table(caption, columns, rows) {
  const head = el(
    'tr',
    {},
    columns.map(([name, , kind = '']) => el('th', { scope: 'col', class: kind }, name)),
  );
  const body = rows.map((row) =>
    el(
      'tr',
      {},
      columns.map(([, cell, kind = '']) => el('td', { class: kind }, cell(row))),
    ),
  );
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el('table', {}, el('caption', { class: 'unseen' }, caption), el('thead', {}, head), el('tbody', {}, body)),
  );
}

/** Where an action tells why it failed. */
export function problemBox() {
  const node = el('p', { class: 'error', role: 'alert', hidden: true });
  return {
    node,
    say(sentence) {
      node.textContent = sentence;
      node.hidden = sentence === '';
    },
  };
}

/** Buttons with the place where their failures are told. Each is `{label, act, kind, confirm, key}`. */
export function actions(...buttons) {
  const box = problemBox();
  const made = buttons.filter(Boolean).map((button) => actionButton(button, box));
  return el('div', { class: 'actions' }, el('div', { class: 'row' }, made), box.node);
}

function actionButton({ label, act, kind = '', confirm, key = label, name }, box) {
  const button = el('button', { type: 'button', class: `button ${kind}`, 'data-key': key, 'aria-label': name }, label);
  button.addEventListener('click', async () => {
    box.say('');
    if (confirm !== undefined && !(await isSure(confirm, kind))) return;
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      box.say(error.message);
    }
    button.disabled = false;
  });
  return button;
}

/** Asks before what cannot be undone. `question` is `{title, text, yes}`. */
export function isSure({ title, text, yes }, kind = 'danger') {
  const cancel = el('button', { type: 'button', class: 'button' }, 'Cancel');
  const go = el('button', { type: 'button', class: `button ${kind}` }, yes);
  const row = el('div', { class: 'row end' }, cancel, go);
  const dialog = el('dialog', { 'aria-label': title }, el('h2', {}, title), el('p', {}, text), row);
  document.body.append(dialog);
  return new Promise((resolve) => {
    cancel.addEventListener('click', () => dialog.close());
    go.addEventListener('click', () => dialog.close('yes'));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    dialog.showModal();
    cancel.focus();
  });
}
