import { ask, withQuery } from './ask.js';
import { el } from './dom.js';
import { number } from './format.js';
import { actions, badge, empty, time } from './parts.js';

const PAGE = 50;

const KINDS = [
  ['', 'everything'],
  ['egress', 'internet'],
  ['send', 'texts sent'],
  ['request', 'refused requests'],
  ['mount', 'folders shown'],
  ['group', 'registrations'],
  ['task', 'tasks'],
];

/** What agents caused outside their sandboxes, the newest first; and whether nobody has changed it. */
export async function show(frame) {
  frame.title('Record');
  const groups = await ask('/groups');
  if (frame.signal.aborted) return;
  const wish = { kind: '', group: '' };
  let entries = [];
  let isEnd = false;
  const list = el('div', {});
  const load = async (before) => {
    const page = await ask(withQuery('/record', { ...wish, before, limit: PAGE }));
    isEnd = page.length < PAGE;
    entries = before === undefined ? page : [...entries, ...page];
    draw();
  };
  function draw() {
    if (entries.length === 0) {
      return list.replaceChildren(empty('Nothing is recorded', 'What agents reach, send and change appears here.'));
    }
    const older = isEnd ? null : actions({ label: 'Show older entries', act: () => load(entries.at(-1).seq) });
    list.replaceChildren(el('ul', { class: 'entries' }, entries.map(entryLine)), ...[older].filter(Boolean));
  }
  const renew = () => load().catch((error) => frame.say(error.message));
  frame.draw(
    el(
      'p',
      { class: 'lead' },
      'What agents caused outside their sandboxes. Each entry holds the hash of the one before it.',
    ),
    verifier(),
    el(
      'div',
      { class: 'row' },
      filter('Kind', KINDS, wish, 'kind', renew),
      filter('Group', groupOptions(groups), wish, 'group', renew),
    ),
    list,
  );
  await load();
}

function groupOptions(groups) {
  return [['', 'all'], ...groups.map(({ folder, name }) => [folder, name])];
}

function filter(label, options, wish, key, renew) {
  const node = el(
    'select',
    {},
    options.map(([value, text]) => el('option', { value }, text)),
  );
  node.addEventListener('change', () => {
    wish[key] = node.value;
    void renew();
  });
  return el('label', { class: 'inline' }, el('span', {}, label), node);
}

function verifier() {
  const result = el('div', { role: 'status' });
  const verify = async () => {
    const { entries, problems } = await ask('/record/verify', { method: 'POST' });
    const line = (problem) => el('li', { class: 'mono' }, problem);
    if (problems.length === 0) {
      result.replaceChildren(
        el('p', {}, badge('whole', 'good'), ` ${number(entries)} entries, none changed or missing.`),
      );
    } else {
      const title = el('p', {}, badge('broken', 'bad'), ` ${number(entries)} entries. What is wrong:`);
      result.replaceChildren(title, el('ul', { class: 'plain-list' }, problems.map(line)));
    }
  };
  return el('div', {}, actions({ label: 'Check the chain', act: verify }), result);
}

function entryLine({ seq, at, kind, group, detail }) {
  const rows = Object.entries(detail).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return el(
      'span',
      { class: 'pair' },
      el('span', { class: 'soft' }, `${name} `),
      el('span', { class: 'mono' }, text),
    );
  });
  return el(
    'li',
    { class: 'entry' },
    el(
      'div',
      { class: 'row' },
      el('span', { class: 'soft mono' }, `#${seq}`),
      badge(kind),
      el('span', {}, group),
      el('span', { class: 'soft' }, time(at)),
    ),
    el('div', { class: 'pairs' }, rows),
  );
}
