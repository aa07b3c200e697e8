import { form } from './form.js';

const TYPES = [
  ['cron', 'again and again, by a cron expression'],
  ['interval', 'every so many minutes'],
  ['once', 'once, at a time'],
];

const HELP = {
  cron: (zone) => `Minute, hour, day, month, weekday: 0 9 * * 1-5 is nine o’clock on weekdays, in ${zone}.`,
  interval: () => 'In minutes, one at least.',
  once: (zone) => `Such as 2026-12-24T18:30:00, in ${zone}.`,
};

const LABELS = { cron: 'Cron expression', interval: 'Minutes', once: 'Time' };

/** A new task, or what is to be another way with one; `send` gets what the host understands. */
export function taskForm({ task, groups, folder, timezone, send }) {
  const type = task?.scheduleType ?? 'cron';
  const value = task?.scheduleValue ?? '';
  const made = form({
    label: task === undefined ? 'New task' : 'The task',
    submit: task === undefined ? 'Add the task' : 'Save',
    cancel: task === undefined ? '#/tasks' : `#/tasks/${encodeURIComponent(task.id)}`,
    fields: [
      ...(task === undefined ? [groupField(groups, folder)] : []),
      {
        name: 'prompt',
        label: 'What is to be done',
        kind: 'area',
        required: true,
        value: task?.prompt,
        help: 'As you would say it to the assistant.',
      },
      { name: 'schedule_type', label: 'When', kind: 'select', options: TYPES, value: type },
      {
        name: 'schedule_value',
        label: LABELS[type],
        required: true,
        maxlength: 256,
        value: type === 'interval' && value !== '' ? String(Number(value) / 60_000) : value,
        help: HELP[type](timezone),
      },
      {
        name: 'context_mode',
        label: 'Conversation',
        kind: 'select',
        value: task?.contextMode ?? 'group',
        options: [
          ['group', 'goes on with the chat’s'],
          ['isolated', 'one of its own each time'],
        ],
      },
      { name: 'model', label: 'Model', maxlength: 128, value: task?.model, placeholder: 'that of its group' },
    ],
    send: (values) => send(wishOf(values, task)),
  });
  followType(made, timezone);
  return made.node;
}

function groupField(groups, folder) {
  const options = groups.map((group) => [group.folder, group.name]);
  return { name: 'group', label: 'Group', kind: 'select', options, value: folder ?? options[0]?.[0], required: true };
}

function followType({ fields }, timezone) {
  const type = fields.get('schedule_type').control;
  const { node, control } = fields.get('schedule_value');
  type.addEventListener('change', () => {
    node.querySelector('label').textContent = LABELS[type.value];
    node.querySelector('.help').textContent = HELP[type.value](timezone);
    control.value = '';
  });
}

function wishOf({ group, prompt, schedule_type, schedule_value, context_mode, model }, task) {
  const isMinutes = schedule_type === 'interval' && /^\d+(\.\d+)?$/.test(schedule_value);
  const value = isMinutes ? String(Math.round(Number(schedule_value) * 60_000)) : schedule_value;
  const wish = { prompt, schedule_type, schedule_value: value, context_mode };
  if (task === undefined) return { group, ...wish, ...(model === '' ? {} : { model }) };
  // A time that stays as it is is not planned anew: one that has passed could not be.
  const isSameTime = schedule_type === task.scheduleType && value === task.scheduleValue;
  const { schedule_type: _type, schedule_value: _value, ...rest } = wish;
  return { ...(isSameTime ? rest : wish), model };
}
