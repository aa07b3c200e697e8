import { form } from './form.js';

const EGRESS = [
  ['', 'the usual: everything for main, nothing for others'],
  ['open', 'open: the whole public internet'],
  ['allowlist', 'allowlist: the hosts of the owner’s list'],
  ['none', 'none: nothing'],
];

/** The settings of a group; `group` is undefined for a new one. `send` gets what the host understands. */
export function groupForm({ group, chats = [], submit, cancel, send }) {
  const identity = group === undefined ? identityFields(chats) : [];
  const made = form({
    label: group === undefined ? 'New group' : 'Settings of the group',
    submit,
    cancel,
    fields: [...identity, ...settingFields(group)],
    aliases: { timeoutMs: 'timeoutMinutes' },
    send: (values) => send(wishOf(values, group)),
  });
  const choice = made.fields.get('known');
  choice?.control.addEventListener('change', () => {
    const chat = chats.find(({ jid }) => jid === choice.control.value);
    if (chat === undefined) return;
    made.fields.get('jid').control.value = chat.jid;
    made.fields.get('name').control.value = chat.name;
    made.fields.get('folder').control.value = folderFor(chat.name);
  });
  return made.node;
}

function identityFields(chats) {
  const known = chats.map(({ jid, name }) => [jid, `${name} (${jid})`]);
  const choice = {
    name: 'known',
    label: 'A chat that has been seen',
    kind: 'select',
    options: [['', 'choose …'], ...known],
    help: 'Or write the id of another chat below.',
  };
  return [
    ...(known.length === 0 ? [] : [choice]),
    {
      name: 'jid',
      label: 'Chat id',
      required: true,
      maxlength: 256,
      help: 'As /chatid in that chat tells it, such as tg:-1001234, or local:work for another chat on this page.',
    },
    {
      name: 'folder',
      label: 'Folder',
      required: true,
      maxlength: 64,
      pattern: '[A-Za-z0-9][A-Za-z0-9_\\-]{0,63}',
      title: 'Letters, digits, _ and -, beginning with a letter or digit.',
      help: 'Where its agent keeps files and memory.',
    },
  ];
}

function settingFields(group) {
  return [
    { name: 'name', label: 'Name', required: true, maxlength: 256, value: group?.name },
    ...(group?.isMain
      ? []
      : [
          {
            name: 'requiresTrigger',
            label: 'Answer only messages that begin with the trigger',
            kind: 'check',
            value: group?.requiresTrigger ?? true,
          },
          { name: 'trigger', label: 'Trigger', maxlength: 64, value: group?.trigger, placeholder: '@Andy' },
        ]),
    { name: 'model', label: 'Model', maxlength: 128, value: group?.model, placeholder: 'the usual one' },
    {
      name: 'dailyBudgetUsd',
      label: 'Daily budget in US dollars',
      kind: 'number',
      min: 0,
      max: 1_000_000,
      step: 'any',
      value: group?.dailyBudgetUsd,
      help: 'Nothing new begins on a day on which it is spent. Empty: no limit of its own.',
    },
    { name: 'egress', label: 'Internet', kind: 'select', options: EGRESS, value: group?.egress ?? '' },
    {
      name: 'timeoutMinutes',
      label: 'Longest silence of its agent, in minutes',
      kind: 'number',
      min: 1,
      max: 1_440,
      step: 'any',
      value: group?.timeoutMs ? group.timeoutMs / 60_000 : '',
      help: 'An agent that says nothing for so long is ended. Empty: the usual.',
    },
  ];
}

const orNull = (text) => (text === '' ? null : text);
const numberOrNull = (text) => (text === '' ? null : Number(text));

function wishOf(values, group) {
  const { jid, folder, name, trigger, requiresTrigger, timeoutMinutes } = values;
  const minutes = numberOrNull(timeoutMinutes);
  const settings = {
    name,
    model: orNull(values.model),
    dailyBudgetUsd: numberOrNull(values.dailyBudgetUsd),
    egress: orNull(values.egress),
    timeoutMs: minutes === null ? null : Math.round(minutes * 60_000),
    ...(requiresTrigger === undefined ? {} : { requiresTrigger }),
    ...(trigger ? { trigger } : {}),
  };
  return group === undefined ? { jid, folder, ...settings } : settings;
}

function folderFor(name) {
  const plain = name.normalize('NFKD').replaceAll(/[^A-Za-z0-9]+/g, '-');
  return plain
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64)
    .toLowerCase();
}
