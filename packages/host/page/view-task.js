import { ask, part } from './ask.js';
import { el } from './dom.js';
import { duration, schedule } from './format.js';
import { actions, badge, facts, link, section, time } from './parts.js';
import { taskForm } from './task-form.js';
import { statusBadge } from './view-tasks.js';

/** One task with its runs and what can be done about it; or the form for a new one. */
export async function show(frame, id, more) {
  if (id === 'new') return showForm(frame, { folder: more });
  if (more === 'edit') return showForm(frame, { task: await ask(`/tasks/${part(id)}`) });
  frame.title('Task');
  let refresh = async () => {};
  refresh = await frame.keep(
    () => ask(`/tasks/${part(id)}`),
    (task) => [
      about(task),
      buttons(frame, task, () => refresh()),
      section('Runs', task.runs.length === 0 ? noRuns() : el('ul', { class: 'cards one' }, task.runs.map(runCard))),
    ],
  );
  return undefined;
}

async function showForm(frame, { task, folder }) {
  frame.title(task === undefined ? 'New task' : 'Change the task');
  const [groups, { timezone }] = await Promise.all([ask('/groups'), ask('/status')]);
  if (frame.signal.aborted) return;
  const send = async (wish) => {
    const made = await ask(task === undefined ? '/tasks' : `/tasks/${part(task.id)}`, {
      method: task === undefined ? 'POST' : 'PATCH',
      body: wish,
    });
    frame.go(`#/tasks/${part(made.id)}`);
  };
  frame.draw(taskForm({ task, groups: groups.filter(({ team }) => team === null), folder, timezone, send }));
}

function about(task) {
  const { prompt, status, nextRun, contextMode, model, script, groupFolder, createdAt } = task;
  return el(
    'div',
    { class: 'card' },
    el('pre', { class: 'prompt', tabindex: 0, 'aria-label': 'Prompt' }, prompt),
    facts([
      ['State', statusBadge(status)],
      ['Next run', nextRun && [time(nextRun), ' (', time(nextRun, { isDistance: true }), ')']],
      ['Schedule', schedule(task)],
      ['Group', link(`#/groups/${part(groupFolder)}`, groupFolder)],
      ['Conversation', contextMode === 'group' ? 'goes on with the chat’s' : 'one of its own each time'],
      ['Model', model],
      ['Made', time(createdAt)],
    ]),
    script && el('pre', { class: 'text-box', tabindex: 0, 'aria-label': 'Script' }, script),
  );
}

function buttons(frame, { id, status }, refresh) {
  const post = (what) => async () => {
    await ask(`/tasks/${part(id)}/${what}`, { method: 'POST' });
    await refresh();
  };
  const cancel = async () => {
    await ask(`/tasks/${part(id)}`, { method: 'DELETE' });
    frame.go('#/tasks');
  };
  return [
    actions(
      status === 'paused' ? null : { label: 'Run now', act: post('run'), kind: 'primary' },
      status === 'active' ? { label: 'Pause', act: post('pause') } : null,
      status === 'paused' ? { label: 'Resume', act: post('resume'), kind: 'primary' } : null,
      { label: 'Change', act: async () => frame.go(`#/tasks/${part(id)}/edit`) },
      {
        label: 'Cancel the task',
        act: cancel,
        kind: 'danger',
        confirm: { title: 'Cancel this task?', text: 'The task and its runs are forgotten.', yes: 'Cancel the task' },
      },
    ),
  ];
}

function noRuns() {
  return el('p', { class: 'soft' }, 'It has not run yet.');
}

const RUN_TONES = { success: 'good', error: 'bad', running: 'warn', claimed: 'warn' };
const RUN_WORDS = { claimed: 'waits to begin', success: 'done', error: 'failed' };

function runCard({ id, runAt, durationMs, status, attempt, result, error }) {
  const said = error ?? result;
  const facts = [durationMs > 0 ? duration(durationMs) : '', attempt > 1 ? `attempt ${attempt}` : ''];
  const text = facts.filter((fact) => fact !== '').map((fact) => ` · ${fact}`);
  return el(
    'li',
    { class: 'card tight' },
    el(
      'div',
      { class: 'row between' },
      el('p', { class: 'soft' }, time(runAt), text),
      badge(RUN_WORDS[status] ?? status, RUN_TONES[status]),
    ),
    said ? el('pre', { class: 'text-box short', tabindex: 0, 'aria-label': `Run ${id} said` }, said) : null,
  );
}
