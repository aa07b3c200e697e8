import { ask, part } from './ask.js';
import { el } from './dom.js';
import { appOf, moment, schedule } from './format.js';
import { groupForm } from './group-form.js';
import { actions, badge, facts, link, section, time } from './parts.js';

/** One group: its settings, its tasks, its mounts, its end; or the form for a new one. */
export async function show(frame, folder) {
  if (folder === 'new') return showNew(frame);
  frame.title('Group');
  const [group, tasks] = await Promise.all([ask(`/groups/${part(folder)}`), ask('/tasks')]);
  if (frame.signal.aborted) return undefined;
  frame.title(group.name);
  const own = tasks.filter(({ groupFolder }) => groupFolder === group.folder);
  frame.draw(
    about(group),
    section('Settings', settings(frame, group)),
    section('Folders of this computer', mounts(group)),
    section('Tasks', tasksOf(group, own)),
    group.isMain || group.team !== null ? null : section('Remove', removal(frame, group)),
  );
  return undefined;
}

async function showNew(frame) {
  frame.title('Register a chat');
  const chats = await ask('/unregistered');
  if (frame.signal.aborted) return;
  const send = async (wish) => {
    const group = await ask('/groups', { method: 'POST', body: wish });
    frame.go(`#/groups/${part(group.folder)}`);
  };
  const node = groupForm({ chats, submit: 'Register', cancel: '#/groups', send });
  frame.draw(el('p', { class: 'lead' }, 'The chat gets an agent with a folder and a memory of its own.'), node);
}

function about(group) {
  const { jid, folder, isMain, addedAt, team } = group;
  return el(
    'div',
    { class: 'card' },
    facts([
      ['App', appOf(jid)],
      ['Chat id', el('span', { class: 'mono' }, jid)],
      ['Folder', el('span', { class: 'mono' }, folder)],
      ['Kind', isMain ? badge('main', 'good') : team === null ? 'group' : `teammate of ${team.of}: ${team.role}`],
      ['Registered', time(addedAt)],
    ]),
    el(
      'p',
      { class: 'links' },
      team === null ? link(`#/chat/${part(jid)}`, 'Open the chat') : null,
      link(`#/groups/${part(folder)}/memory`, 'Memory and its history'),
    ),
  );
}

function settings(frame, group) {
  const saved = el('p', { class: 'saved', role: 'status' });
  const send = async (wish) => {
    saved.textContent = '';
    const changed = await ask(`/groups/${part(group.folder)}`, { method: 'PATCH', body: wish });
    frame.title(changed.name);
    saved.textContent = `Saved at ${moment(new Date().toISOString())}.`;
  };
  return [groupForm({ group, submit: 'Save', send }), saved];
}

function mounts({ mounts: wishes }) {
  const note = 'What is listed here is checked against the owner’s allowlist at each run; the command line changes it.';
  if (wishes.length === 0) return el('p', { class: 'soft' }, `None but its own folder. ${note}`);
  const line = (wish) =>
    el(
      'li',
      {},
      el('span', { class: 'mono' }, String(wish.hostPath ?? JSON.stringify(wish))),
      ' ',
      badge(wish.readonly === false ? 'may write' : 'read only', wish.readonly === false ? 'warn' : ''),
    );
  return [el('ul', { class: 'plain-list card' }, wishes.map(line)), el('p', { class: 'soft' }, note)];
}

function tasksOf(group, tasks) {
  const add = link(`#/tasks/new/${part(group.folder)}`, 'Add a task', { class: 'button' });
  if (tasks.length === 0) return [el('p', { class: 'soft' }, 'No task is scheduled here.'), add];
  const line = (task) =>
    el(
      'li',
      {},
      link(`#/tasks/${part(task.id)}`, task.prompt.slice(0, 80)),
      el('p', { class: 'soft' }, schedule(task)),
    );
  return [el('ul', { class: 'plain-list card' }, tasks.map(line)), add];
}

function removal(frame, group) {
  const remove = async () => {
    await ask(`/groups/${part(group.folder)}`, { method: 'DELETE' });
    frame.go('#/groups');
  };
  return [
    el('p', { class: 'soft' }, 'Its agent no longer answers. Folder, memory and messages stay.'),
    actions({
      label: 'Remove this group',
      kind: 'danger',
      act: remove,
      confirm: {
        title: `Remove ${group.name}?`,
        text: 'Nobody answers in this chat any more. Its folder, memory and messages stay.',
        yes: 'Remove',
      },
    }),
  ];
}
