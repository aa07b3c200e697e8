import { ask, part } from './ask.js';
import { el } from './dom.js';
import { actions, badge, empty, facts, link } from './parts.js';

const PHASES = { working: ['working', 'good'], resting: ['resting', ''], closing: ['ending', 'warn'] };

/** Most characters of output that stay on the page; the oldest leave it, the host's log has them. */
const MAX_OUTPUT_CHARS = 200_000;

/** Sandboxes that live now, or the output of one. */
export async function show(frame, sandbox) {
  if (sandbox !== undefined) return showOutput(frame, sandbox);
  frame.title('Live');
  let refresh = async () => {};
  refresh = await frame.keep(
    () => ask('/live'),
    (agents) => {
      const note = 'Sandboxes that live now. One that rests is kept for a while, so that the next answer comes sooner.';
      const head = el('p', { class: 'lead' }, note);
      if (agents.length === 0) return [head, empty('No agent is running', 'Write in a chat, and one will.')];
      return [
        head,
        el(
          'ul',
          { class: 'cards' },
          agents.map((agent) => agentCard(agent, () => refresh())),
        ),
      ];
    },
  );
  return undefined;
}

function agentCard(agent, refresh) {
  const { sandbox, name, phase, work, openTurns, team } = agent;
  const [word, tone] = PHASES[phase] ?? [phase, ''];
  const doing = work === 'task' ? 'does a scheduled task' : openTurns > 0 ? 'answers messages' : 'has nothing to do';
  return el(
    'li',
    { class: 'card' },
    el('div', { class: 'row between' }, el('h2', { class: 'card-title' }, name), badge(word, tone)),
    el('p', { class: 'soft' }, team === null ? doing : `${doing} · teammate of ${team.of}`),
    el('p', { class: 'soft mono' }, sandbox),
    el(
      'p',
      { class: 'links' },
      link(`#/live/${part(sandbox)}`, 'Output', { 'aria-label': `Output of ${name}`, 'data-key': sandbox }),
    ),
    actions(stopButton(agent, refresh)),
  );
}

function stopButton({ sandbox, name, phase }, after) {
  return {
    label: phase === 'resting' ? 'End' : 'Stop',
    name: phase === 'resting' ? `End the sandbox of ${name}` : `Stop ${name}`,
    kind: 'danger',
    key: `stop-${sandbox}`,
    confirm:
      phase === 'resting'
        ? undefined
        : { title: `Stop ${name}?`, text: 'What it works on is not finished and not tried again.', yes: 'Stop' },
    act: async () => {
      await ask(`/live/${part(sandbox)}/stop`, { method: 'POST' });
      await after();
    },
  };
}

async function showOutput(frame, sandbox) {
  frame.title('Output');
  const state = el('div', {});
  const log = el('pre', {
    class: 'text-box tall',
    tabindex: 0,
    role: 'log',
    'aria-live': 'off',
    'aria-label': 'Output',
  });
  frame.draw(
    el('p', { class: 'links' }, link('#/live', 'All live sandboxes')),
    state,
    log,
    el('p', { class: 'soft' }, 'What the sandbox has printed; the newest 64 KB when you come, then what follows.'),
  );
  frame.on('output', ({ text, isFirst }) => {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const all = (isFirst ? '' : log.dataset.empty === 'true' ? '' : log.textContent) + text;
    log.dataset.empty = String(all === '');
    log.textContent = all === '' ? 'It has printed nothing yet.' : all.slice(-MAX_OUTPUT_CHARS);
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  });
  const refresh = async () => {
    const agent = (await ask('/live')).find((candidate) => candidate.sandbox === sandbox);
    if (frame.signal.aborted || state.dataset.phase === String(agent?.phase)) return;
    state.dataset.phase = String(agent?.phase);
    if (agent === undefined) return state.replaceChildren(el('p', { class: 'lead' }, 'This sandbox has ended.'));
    frame.title(`Output of ${agent.name}`);
    const [word, tone] = PHASES[agent.phase] ?? [agent.phase, ''];
    const known = [
      ['State', badge(word, tone)],
      ['Sandbox', el('span', { class: 'mono' }, sandbox)],
    ];
    state.replaceChildren(el('div', { class: 'card' }, facts(known), actions(stopButton(agent, refresh))));
  };
  frame.on('pulse', () => refresh().catch((error) => frame.say(error.message)));
  await refresh();
}
