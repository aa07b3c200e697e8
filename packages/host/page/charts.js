import { el, svg } from './dom.js';

const HEIGHT = 180;
const FOOT = 22;

/** Room of a chart, in its own units, and most labels under the bars; it is drawn as wide as the page allows. */
const roomOf = () => (matchMedia('(width < 40rem)').matches ? { width: 300, labels: 4 } : { width: 640, labels: 8 });

/** Bars over time. `bars` are `{label, value, text}`; what they say is in a table beside them, too. */
export function barChart(title, bars, format) {
  const top = Math.max(...bars.map(({ value }) => value), 0);
  const { width, labels } = roomOf();
  const step = width / Math.max(bars.length, 1);
  const every = Math.ceil(bars.length / labels);
  const heightOf = (value) => (top === 0 ? 0 : (value / top) * (HEIGHT - FOOT - 16));
  const nodes = bars.map(({ label, value, text }, index) => {
    const height = Math.max(heightOf(value), value > 0 ? 2 : 0);
    const x = index * step + step * 0.14;
    return [
      svg(
        'rect',
        { class: 'bar', x, y: HEIGHT - FOOT - height, width: step * 0.72, height, rx: Math.min(4, step * 0.2) },
        svg('title', {}, `${label}: ${text}`),
      ),
      // The newest day always has its name.
      (bars.length - 1 - index) % every === 0
        ? svg('text', { class: 'tick', y: HEIGHT - 6, ...placeOf(index, { step, width }) }, label)
        : null,
    ];
  });
  const base = svg('line', { class: 'axis', x1: 0, x2: width, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT });
  const most = svg('text', { class: 'tick', x: 0, y: 10 }, `${format(top)} at most`);
  const name = `${title}. The table below has the numbers.`;
  return el(
    'figure',
    { class: 'chart' },
    svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': name }, base, most, nodes),
  );
}

/** A label stands under the middle of its bar, unless it would be cut off at the end. */
function placeOf(index, { step, width }) {
  const x = (index + 0.5) * step;
  return width - x < 24 ? { x: width, 'text-anchor': 'end' } : { x, 'text-anchor': x < 24 ? 'start' : 'middle' };
}

/** Shares of a whole, the largest first. `rows` are `{label, value, text}`. */
export function shareChart(rows) {
  const top = Math.max(...rows.map(({ value }) => value), 0);
  return el(
    'ul',
    { class: 'shares' },
    rows.map(({ label, value, text }) =>
      el(
        'li',
        {},
        el('span', { class: 'share-name' }, label),
        el('span', { class: 'share-value' }, text),
        svg(
          'svg',
          { class: 'share-bar', viewBox: '0 0 100 2', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
          svg('rect', { class: 'track', x: 0, y: 0, width: 100, height: 2 }),
          svg('rect', { class: 'bar', x: 0, y: 0, width: top === 0 ? 0 : (value / top) * 100, height: 2 }),
        ),
      ),
    ),
  );
}
