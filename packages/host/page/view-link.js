import { ask, part } from './ask.js';
import { el } from './dom.js';
import { form } from './form.js';
import { appName } from './format.js';
import { actions, link } from './parts.js';

/** How often the host is asked for a new code, in milliseconds: one is good for about twenty seconds. */
const LOOK_MS = 2_500;

/** Links a channel to a phone: the code for its camera, or one to be typed. */
export async function show(frame, channel) {
  const app = appName(channel);
  frame.title(`Link ${app}`);
  const address = `/links/${part(channel)}`;
  const state = el('div', { class: 'card', role: 'status' });
  const asking = async (wish) => draw(await ask(address, { method: 'POST', body: wish }));
  const byPhone = form({
    label: 'Link with a phone number',
    submit: 'Get a code to type',
    fields: [
      {
        name: 'phoneNumber',
        label: 'Number of the phone',
        required: true,
        pattern: '\\+?[0-9 ]{7,20}',
        title: 'With country code, digits only.',
        help: 'With country code, such as 491701234567.',
      },
    ],
    send: ({ phoneNumber }) => asking({ phoneNumber: phoneNumber.replaceAll(/[^0-9]/g, '') }),
  });
  const choice = el(
    'div',
    { class: 'section' },
    actions({ label: 'Show a code for the camera', kind: 'primary', act: () => asking({}) }),
    byPhone.node,
  );
  let shown;
  function draw(linking) {
    const text = JSON.stringify(linking);
    if (frame.signal.aborted || text === shown) return;
    shown = text;
    state.replaceChildren(...wordsFor(linking, app));
    choice.hidden = linking.phase !== 'not-linked';
  }
  frame.draw(el('p', { class: 'links' }, link('#/health', 'Health')), state, choice);
  draw(await ask(address));
  const timer = setInterval(async () => {
    try {
      draw(await ask(address));
      frame.say('');
    } catch (error) {
      frame.say(error.message);
    }
  }, LOOK_MS);
  frame.signal.addEventListener('abort', () => clearInterval(timer));
}

function wordsFor({ phase, svg, code, number, problem }, app) {
  const where = `On the phone open ${app}, Settings, Linked devices, Link a device`;
  switch (phase) {
    case 'qr': {
      // A picture runs nothing, whatever is in it.
      const source = `data:image/svg+xml,${encodeURIComponent(svg)}`;
      const picture = el('img', { class: 'code', src: source, alt: 'QR code for the phone', width: 280, height: 280 });
      return [el('p', {}, `${where}, and point it at this.`), picture];
    }
    case 'code':
      return [
        el('p', {}, `${where}, then “Link with phone number instead”, and type:`),
        el('p', { class: 'big mono' }, `${code.slice(0, 4)}-${code.slice(4)}`),
      ];
    case 'linked':
      return [el('p', {}, `${app} is linked to +${number}.`)];
    case 'asking':
      return [el('p', {}, `Asking ${app} for a code …`)];
    default:
      return [el('p', {}, problem ?? `${app} is not linked to a phone.`)];
  }
}
