import { ask, part } from './ask.js';
import { el } from './dom.js';
import { schedule } from './format.js';
import { badge, empty, link, section, time } from './parts.js';

const TONES = { active: 'good', paused: 'warn', completed: '' };

export const statusBadge = (status) => badge(status, TONES[status] ?? 'bad');

/** What is scheduled: what comes next, then what is paused or done. */
export async function show(frame) {
  frame.title('Tasks');
  await frame.keep(
    () => Promise.all([ask('/tasks'), ask('/groups')]),
    ([tasks, groups]) => {
      const head = el(
        'div',
        { class: 'row between' },
        el('p', { class: 'lead' }, 'Work that agents do at set times.'),
        link('#/tasks/new', 'Add a task', { class: 'button primary' }),
      );
      if (tasks.length === 0) {
        const text = 'Ask an assistant to remind you of something, or add a task here.';
        return [head, empty('Nothing is scheduled', text)];
      }
      const nameOf = (folder) => groups.find((group) => group.folder === folder)?.name ?? folder;
      const active = tasks.filter(({ status, nextRun }) => status === 'active' && nextRun !== null);
      const rest = tasks.filter((task) => !active.includes(task));
      active.sort((a, b) => a.nextRun.localeCompare(b.nextRun));
      return [
        head,
        active.length === 0 ? null : section('Coming up', list(active, nameOf)),
        rest.length === 0 ? null : section('Paused and done', list(rest, nameOf)),
      ];
    },
  );
}

function list(tasks, nameOf) {
  return el(
    'ul',
    { class: 'cards one' },
    tasks.map((task) => taskCard(task, nameOf)),
  );
}

function taskCard(task, nameOf) {
  const { id, prompt, status, nextRun, lastRun, lastResult, groupFolder } = task;
  const next = nextRun === null ? null : ['next ', time(nextRun, { isDistance: true }), ', ', time(nextRun), ' · '];
  return el(
    'li',
    { class: 'card' },
    el(
      'div',
      { class: 'row between' },
      el('h3', { class: 'card-title clip' }, link(`#/tasks/${part(id)}`, prompt, { 'data-key': id })),
      statusBadge(status),
    ),
    el('p', { class: 'soft' }, next, `${schedule(task)} · in ${nameOf(groupFolder)}`),
    lastRun === null ? null : el('p', { class: 'soft clip' }, 'last ', time(lastRun), `: ${lastResult ?? ''}`),
  );
}
