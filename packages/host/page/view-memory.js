import { ask, part } from './ask.js';
import { el } from './dom.js';
import { number } from './format.js';
import { actions, badge, empty, link, time } from './parts.js';

/** As many versions as are listed at once. */
const PAGE = 30;

/** What an agent remembers: the newest version of each file, and the way back to an older one. */
export async function show(frame, folder) {
  const isShared = folder === 'global';
  const name = isShared ? 'everybody' : (await ask(`/groups/${part(folder)}`)).name;
  if (frame.signal.aborted) return;
  frame.title(`Memory of ${name}`);
  let versions = [];
  const load = async () => {
    versions = await ask(`/memory/${part(folder)}?limit=${PAGE}`);
    draw();
  };
  const more = async () => {
    versions.push(...(await ask(`/memory/${part(folder)}?limit=${PAGE}&before=${versions.at(-1).id}`)));
    draw();
  };
  function draw() {
    const note = isShared
      ? 'What every agent is told at its start.'
      : 'What its agent is told at every start. A version is kept whenever a run has changed it.';
    const head = [el('p', { class: 'lead' }, note), isShared ? null : sharedLink()];
    if (versions.length === 0) {
      const text = 'Versions appear here once its agent has run or its CLAUDE.md was written.';
      return frame.draw(head, empty('Nothing is remembered yet', text));
    }
    const isMore = versions.length % PAGE === 0;
    frame.draw(
      head,
      el(
        'ul',
        { class: 'cards one' },
        versions.map((version) => versionCard(folder, version, load)),
      ),
      isMore ? actions({ label: 'Show older versions', act: more }) : null,
    );
  }
  await load();
}

function sharedLink() {
  return el('p', { class: 'links' }, link('#/groups/global/memory', 'Memory that all groups share'));
}

function versionCard(folder, version, reload) {
  const { id, path, at, chars, isNewest, runId } = version;
  const text = el('pre', { class: 'text-box', tabindex: 0, 'aria-label': `${path}, version ${id}`, hidden: true });
  const read = async () => {
    if (!text.hidden) {
      text.hidden = true;
      return;
    }
    const { content } = await ask(`/memory/${part(folder)}/${id}`);
    text.textContent = content ?? 'The file was not there.';
    text.hidden = false;
  };
  const restore = async () => {
    await ask(`/memory/${part(folder)}/${id}/restore`, { method: 'POST' });
    await reload();
  };
  const size = chars === null ? 'removed' : `${number(chars)} characters`;
  const by = runId === null ? 'by hand or before the first run' : 'by its agent';
  return el(
    'li',
    { class: 'card' },
    el(
      'div',
      { class: 'row between' },
      el('h2', { class: 'card-title mono' }, path),
      isNewest ? badge('now', 'good') : null,
    ),
    el('p', { class: 'soft' }, time(at), ` · ${size} · ${by}`),
    text,
    actions(
      { label: 'Read', act: read, kind: 'quiet', name: `Read version ${id} of ${path}`, key: `read-${id}` },
      isNewest
        ? null
        : {
            label: 'Restore',
            act: restore,
            kind: 'quiet',
            name: `Restore version ${id} of ${path}`,
            key: `restore-${id}`,
            confirm: {
              title: `Restore ${path}?`,
              text: 'It takes the place of what is there now, which stays in this list.',
              yes: 'Restore',
            },
          },
    ),
  );
}
