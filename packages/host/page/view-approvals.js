import { ask } from './ask.js';
import { el } from './dom.js';
import { actions, badge, empty, link, section, time } from './parts.js';

const TONES = { allowed: 'good', refused: 'bad', expired: 'warn', withdrawn: '' };

/** What agents wait for a word on, what they may do from now on, and what was decided. */
export async function show(frame) {
  frame.title('Approvals');
  let refresh = async () => {};
  refresh = await frame.keep(
    () => ask('/approvals'),
    ({ waiting, always, past }) => {
      const renew = () => refresh();
      const head = el(
        'p',
        { class: 'lead' },
        'What agents may do only with your word. Without an answer it is refused.',
      );
      const nothing = empty('Nothing waits for you', 'An agent that needs your word asks in the main chat and here.');
      return [
        head,
        waiting.length === 0
          ? nothing
          : el(
              'ul',
              { class: 'cards one' },
              waiting.map((one) => waitingCard(one, renew)),
            ),
        always.length === 0
          ? null
          : section(
              'Allowed from now on',
              list(always, (one) => lastingCard(one, renew)),
            ),
        past.length === 0 ? null : section('Decided', list(past, pastCard)),
      ];
    },
  );
}

function list(approvals, card) {
  return el('ul', { class: 'cards one' }, approvals.map(card));
}

const iso = (ms) => new Date(ms).toISOString();

function head({ id, groupFolder, kind }, mark) {
  const from = link(`#/groups/${encodeURIComponent(groupFolder)}`, groupFolder);
  return el('div', { class: 'row between' }, el('p', { class: 'soft' }, `#${id} · ${kind} · `, from), mark);
}

function waitingCard(approval, renew) {
  const { id, kind, wish, expiresAt, askedAt } = approval;
  const decide = (decision) => async () => {
    await ask(`/approvals/${id}`, { method: 'POST', body: { decision } });
    await renew();
  };
  const button = (label, decision, kindOf) => {
    return { label, kind: kindOf, act: decide(decision), key: `${decision}-${id}`, name: `${label}: approval ${id}` };
  };
  return el(
    'li',
    { class: 'card' },
    head(approval, badge('waits', 'warn')),
    el('p', { class: 'wish' }, wish),
    el('p', { class: 'soft' }, 'asked ', time(iso(askedAt)), ', refused without an answer by ', time(iso(expiresAt))),
    actions(
      button('Allow once', 'yes', 'primary'),
      kind === 'remote-control' ? null : button('Always allow', 'always'),
      button('Refuse', 'no', 'danger'),
    ),
  );
}

function lastingCard(approval, renew) {
  const { id, wish, decidedAt, decidedBy } = approval;
  const forget = async () => {
    await ask(`/approvals/${id}`, { method: 'DELETE' });
    await renew();
  };
  return el(
    'li',
    { class: 'card' },
    head(approval, badge('always', 'good')),
    el('p', { class: 'wish' }, wish),
    el('p', { class: 'soft' }, decidedAt === null ? null : time(iso(decidedAt)), decidedBy ? ` by ${decidedBy}` : null),
    actions({
      label: 'Forget',
      kind: 'danger',
      key: `forget-${id}`,
      name: `Forget approval ${id}`,
      act: forget,
      confirm: { title: 'Forget this approval?', text: 'The agent has to ask again the next time.', yes: 'Forget' },
    }),
  );
}

function pastCard(approval) {
  const { wish, state, decidedAt, decidedBy } = approval;
  const when = decidedAt === null ? null : time(iso(decidedAt));
  return el(
    'li',
    { class: 'card tight' },
    head(approval, badge(state, TONES[state])),
    el('p', { class: 'wish' }, wish),
    el('p', { class: 'soft' }, when, decidedBy ? ` by ${decidedBy}` : null),
  );
}
