import { ask, withQuery } from './ask.js';
import { barChart, shareChart } from './charts.js';
import { el } from './dom.js';
import { day, dollars, number, shortNumber } from './format.js';
import { card, empty, section, table } from './parts.js';

const PERIODS = [7, 30, 90];

const MEASURES = {
  cost: { name: 'Cost', of: ({ costUsd }) => costUsd, text: dollars },
  tokens: { name: 'Tokens', of: tokensOf, text: shortNumber },
  requests: { name: 'Requests', of: ({ requests }) => requests, text: number },
};

function tokensOf({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }) {
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens;
}

/** What was used, by day, group and model. */
export async function show(frame) {
  frame.title('Usage');
  const chosen = { days: 30, measure: undefined };
  const load = () =>
    Promise.all(['day', 'group', 'model'].map((by) => ask(withQuery('/usage', { days: chosen.days, by }))));
  const draw = ([days, groups, models]) => {
    // The practice model costs nothing: then the tokens say more.
    const measure = MEASURES[chosen.measure ?? (days.total.costUsd > 0 ? 'cost' : 'tokens')];
    const choice = controls(chosen, measure, () => refresh());
    if (days.total.requests === 0) {
      return [choice, empty('Nothing was used in this time', 'Ask an assistant something, and it is counted here.')];
    }
    return [
      choice,
      totals(days.total),
      byDay(days.rows, measure),
      shares('group', groups.rows, measure),
      shares('model', models.rows, measure),
    ];
  };
  let refresh = async () => {};
  const renew = async () => {
    // Another choice draws the same numbers in another way.
    frame.draw(draw(await load()));
  };
  await frame.keep(load, draw);
  refresh = renew;
}

function controls(chosen, measure, refresh) {
  const select = (label, options, value, pick) => {
    const node = el(
      'select',
      { 'data-key': label },
      options.map(([key, text]) => el('option', { value: key }, text)),
    );
    node.value = String(value);
    node.addEventListener('change', async () => {
      pick(node.value);
      await refresh();
      document.querySelector(`select[data-key="${label}"]`)?.focus();
    });
    return el('label', { class: 'inline' }, el('span', {}, label), node);
  };
  const periods = PERIODS.map((days) => [days, `${days} days`]);
  const measures = Object.entries(MEASURES).map(([key, { name }]) => [key, name]);
  const current = Object.keys(MEASURES).find((key) => MEASURES[key] === measure);
  return el(
    'div',
    { class: 'row' },
    select('Period', periods, chosen.days, (value) => {
      chosen.days = Number(value);
    }),
    select('Measure', measures, current, (value) => {
      chosen.measure = value;
    }),
  );
}

function totals(total) {
  const tile = (name, value) => el('div', { class: 'tile' }, el('dt', {}, name), el('dd', {}, value));
  return el(
    'dl',
    { class: 'tiles' },
    tile('Cost', dollars(total.costUsd)),
    tile('Requests', number(total.requests)),
    tile('Tokens in', shortNumber(tokensOf(total) - total.outputTokens)),
    tile('Tokens out', shortNumber(total.outputTokens)),
  );
}

const COLUMNS = [
  ['Requests', ({ requests }) => number(requests), 'number'],
  ['Tokens in', (row) => number(tokensOf(row) - row.outputTokens), 'number'],
  ['Tokens out', ({ outputTokens }) => number(outputTokens), 'number'],
  ['Cost', ({ costUsd }) => dollars(costUsd), 'number'],
];

function byDay(rows, measure) {
  const bars = rows.map((row) => ({
    label: day(row.name),
    value: measure.of(row),
    text: measure.text(measure.of(row)),
  }));
  const newest = [...rows].reverse();
  return section(
    `${measure.name} by day`,
    card(barChart(`${measure.name} by day`, bars, measure.text)),
    el(
      'details',
      { class: 'more', 'data-key': 'days' },
      el('summary', {}, 'As a table'),
      table('Usage by day', [['Day', ({ name }) => name], ...COLUMNS], newest),
    ),
  );
}

function shares(by, rows, measure) {
  if (rows.length === 0) return null;
  const sorted = [...rows].sort((a, b) => measure.of(b) - measure.of(a));
  const lines = sorted.map((row) => ({ label: row.name, value: measure.of(row), text: measure.text(measure.of(row)) }));
  return section(
    `By ${by}`,
    card(shareChart(lines)),
    el(
      'details',
      { class: 'more', 'data-key': by },
      el('summary', {}, 'As a table'),
      table(`Usage by ${by}`, [[by === 'group' ? 'Group' : 'Model', ({ name }) => name], ...COLUMNS], sorted),
    ),
  );
}
