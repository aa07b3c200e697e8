import { ask, part } from './ask.js';
import { el } from './dom.js';
import { appOf } from './format.js';
import { badge, empty, link } from './parts.js';

/** All chats that have an agent. */
export async function show(frame) {
  frame.title('Groups');
  await frame.keep(
    () => ask('/groups'),
    (groups) => {
      const head = el(
        'div',
        { class: 'row between' },
        el('p', { class: 'lead' }, 'Each group is a chat with an agent, a folder and a memory of its own.'),
        link('#/groups/new', 'Register a chat', { class: 'button primary' }),
      );
      if (groups.length === 0) {
        return [head, empty('No chat is registered yet', 'Register one, and its agent will answer there.')];
      }
      const leads = groups.filter(({ team }) => team === null);
      return [
        head,
        el(
          'ul',
          { class: 'cards' },
          leads.map((group) => groupCard(group, groups)),
        ),
      ];
    },
  );
}

function groupCard(group, all) {
  const { jid, name, folder, isMain, requiresTrigger, trigger } = group;
  const team = all.filter(({ team: of }) => of?.of === folder);
  const when = isMain || !requiresTrigger ? 'answers every message' : `answers after ${trigger}`;
  return el(
    'li',
    { class: 'card' },
    el(
      'div',
      { class: 'row between' },
      el('h2', { class: 'card-title' }, link(`#/groups/${part(folder)}`, name, { 'data-key': folder })),
      isMain ? badge('main', 'good') : null,
    ),
    el('p', { class: 'soft' }, `${appOf(jid)} · ${when}`),
    el('p', { class: 'soft mono' }, jid),
    team.length === 0 ? null : el('p', { class: 'soft' }, `Teammates: ${team.map((mate) => mate.name).join(', ')}`),
    el(
      'p',
      { class: 'links' },
      link(`#/chat/${part(jid)}`, 'Chat', { 'aria-label': `Chat with ${name}` }),
      link(`#/groups/${part(folder)}/memory`, 'Memory', { 'aria-label': `Memory of ${name}` }),
    ),
  );
}
