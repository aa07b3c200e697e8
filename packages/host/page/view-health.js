import { ask } from './ask.js';
import { el } from './dom.js';
import { appName, bytes, dollars, number } from './format.js';
import { badge, card, facts, link, section, time } from './parts.js';

/** How the host is: its channels, what waits, what went wrong. */
export async function show(frame) {
  frame.title('Health');
  await frame.keep(
    () => ask('/status'),
    (status) => [
      host(status),
      section('Channels', el('ul', { class: 'cards' }, status.channels.map(channelCard))),
      section('Work', work(status)),
      section('Kept promises', promises(status)),
      section('Database', database(status.database)),
    ],
  );
}

function host({ version, startedAt, assistantName, model, sandbox, usage }) {
  return card(
    facts([
      ['Assistant', assistantName],
      ['Version', version],
      ['Running since', [time(startedAt), ' (', time(startedAt, { isDistance: true }), ')']],
      ['Model', model.detail],
      ['Sandbox', [sandbox.driver, ' ', sandbox.problem ? badge(sandbox.problem, 'bad') : null]],
      ['Spent in 24 hours', dollars(usage.costUsd)],
    ]),
  );
}

/** Channels that are a device linked to a phone. */
const LINKED = new Set(['whatsapp']);

function channelCard({ name, isConnected, problem, lastInboundAt, lastOutboundAt, lastError }) {
  const state = isConnected
    ? badge('connected', 'good')
    : badge(problem ? 'down' : 'connecting', problem ? 'bad' : 'warn');
  return el(
    'li',
    { class: 'card' },
    el('div', { class: 'row between' }, el('h3', { class: 'card-title' }, appName(name)), state),
    problem ? el('p', { class: 'problem' }, problem) : null,
    LINKED.has(name) ? el('p', { class: 'links' }, link(`#/link/${name}`, 'Link to a phone')) : null,
    facts([
      ['Last message in', lastInboundAt === null ? 'none since the start' : time(lastInboundAt)],
      ['Last message out', lastOutboundAt === null ? 'none since the start' : time(lastOutboundAt)],
      ['Last failure', lastError === null ? 'none since the start' : [time(lastError.at), `: ${lastError.reason}`]],
    ]),
  );
}

const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);

const listed = (counts) =>
  Object.entries(counts)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join(', ') || 'none';

function work({ queue, live, turns, outbox, tasks }) {
  return card(
    facts([
      ['Sandboxes', `${live.length} live, ${queue.inUse} of ${queue.cap} places in use`],
      ['Turns', listed(turns)],
      ['Texts to send', listed(outbox)],
      ['Tasks', `${tasks.active} active, ${tasks.paused} paused, ${tasks.due} due, ${tasks.running} running`],
    ]),
  );
}

function promises({ invariants, quarantine, recordFailures }) {
  const kept = sum(quarantine);
  const rows = invariants.map(({ name, violations, lastAt, lastDetail }) =>
    el(
      'li',
      {},
      badge(`${name}: ${number(violations)}`, 'warn'),
      ' last ',
      time(lastAt),
      el('p', { class: 'soft mono' }, lastDetail),
    ),
  );
  return card(
    facts([
      [
        'Mended by the watchdog',
        invariants.length === 0 ? badge('nothing', 'good') : el('ul', { class: 'plain-list' }, rows),
      ],
      ['Kept aside, not understood', kept === 0 ? badge('nothing', 'good') : badge(listed(quarantine), 'warn')],
      [
        'Entries missing in the record',
        recordFailures === 0 ? badge('none', 'good') : badge(number(recordFailures), 'bad'),
      ],
    ]),
  );
}

function database({ bytes: size, lastBackupAt, lastBackupError }) {
  return card(
    facts([
      ['Size', bytes(size)],
      ['Last copy', lastBackupAt === null ? 'none yet' : time(lastBackupAt)],
      ['Last failure', lastBackupError],
    ]),
  );
}
