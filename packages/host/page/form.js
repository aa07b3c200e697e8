import { el, newId } from './dom.js';
import { problemBox } from './parts.js';

/*
 * Forms whose mistakes are told beside their fields. A field is `{name, label, help, kind, value, options, …}`; `kind` is
 * text, number, area, select or check; other keys become attributes of the control.
 */

/** A form; `send(values)` does it and throws a Refusal, whose fields are shown where they belong. */
export function form({ label, fields, submit, cancel, send, aliases = {} }) {
  const box = problemBox();
  const made = fields.map(field);
  const button = el('button', { type: 'submit', class: 'button primary' }, submit);
  const back = cancel && el('a', { class: 'button', href: cancel }, 'Cancel');
  const node = el(
    'form',
    { class: 'form card', 'aria-label': label, novalidate: true },
    made.map((one) => one.node),
    box.node,
    el('div', { class: 'row' }, button, back),
  );
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    box.say('');
    for (const one of made) one.say('');
    const wrong = made.filter((one) => !one.check());
    if (wrong.length > 0) return wrong[0].control.focus();
    button.disabled = true;
    try {
      await send(Object.fromEntries(made.map((one) => [one.name, one.value()])));
    } catch (error) {
      tell(error, { made, box, aliases });
    }
    button.disabled = false;
  });
  return { node, fields: new Map(made.map((one) => [one.name, one])) };
}

function tell(error, { made, box, aliases }) {
  const rest = [];
  let first;
  for (const [name, sentence] of Object.entries(error.fields ?? {})) {
    const one = made.find((candidate) => candidate.name === (aliases[name] ?? name));
    if (one === undefined) rest.push(`${name}: ${sentence}`);
    else one.say(sentence);
    first ??= one;
  }
  box.say(first === undefined ? error.message : rest.join(' '));
  first?.control.focus();
}

function field({ name, label, help, kind = 'text', value, options = [], ...attributes }) {
  const id = newId('field');
  const error = el('p', { id: `${id}-error`, class: 'field-error', hidden: true });
  const hint = help && el('p', { id: `${id}-help`, class: 'help' }, help);
  const control = controlOf(kind, { id, name, options, ...attributes });
  if (kind === 'check') control.checked = value === true;
  else control.value = value ?? '';
  const describedBy = [hint && `${id}-help`, `${id}-error`].filter(Boolean).join(' ');
  control.setAttribute('aria-describedby', describedBy);
  const caption = el('label', { for: id }, label);
  const node = el(
    'div',
    { class: kind === 'check' ? 'field check' : 'field' },
    kind === 'check' ? [control, caption] : [caption, control],
    hint,
    error,
  );
  const one = {
    name,
    node,
    control,
    value: () => (kind === 'check' ? control.checked : control.value.trim()),
    say(sentence) {
      error.textContent = sentence;
      error.hidden = sentence === '';
      if (sentence === '') control.removeAttribute('aria-invalid');
      else control.setAttribute('aria-invalid', 'true');
    },
    /** What the browser itself knows to be wrong is told in the same place. */
    check() {
      if (node.hidden || control.checkValidity()) return true;
      one.say(control.title && control.validity.patternMismatch ? control.title : control.validationMessage);
      return false;
    },
  };
  return one;
}

function controlOf(kind, { options, ...attributes }) {
  if (kind === 'area') return el('textarea', { rows: 4, ...attributes });
  if (kind === 'check') return el('input', { type: 'checkbox', ...attributes });
  if (kind !== 'select') return el('input', { type: kind, autocomplete: 'off', ...attributes });
  return el(
    'select',
    attributes,
    options.map(([value, text]) => el('option', { value }, text)),
  );
}
