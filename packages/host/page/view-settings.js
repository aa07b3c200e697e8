import { ask } from './ask.js';
import { el } from './dom.js';
import { badge, table } from './parts.js';

/** What the host was started with; to be read only. */
export async function show(frame) {
  frame.title('Settings');
  const settings = await ask('/settings');
  if (frame.signal.aborted) return;
  const value = ({ kind, value: text }) => {
    if (kind === 'secret') return badge('set, not shown', 'good');
    return kind === 'unset' ? el('span', { class: 'soft' }, 'not set') : el('span', { class: 'mono' }, text);
  };
  frame.draw(
    el(
      'p',
      { class: 'lead' },
      'Read at the start from the environment and the file .env. To change one, edit .env and start again; .env.example explains each.',
    ),
    table(
      'Settings',
      [
        ['Name', ({ name }) => el('span', { class: 'mono' }, name)],
        ['Value', value],
      ],
      settings,
    ),
  );
}
