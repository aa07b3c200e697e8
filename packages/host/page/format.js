/** How times, amounts and sizes are written. */

const dayAndTime = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const count = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

const DAY_MS = 86_400_000;

const UNITS = [
  ['hour', 3_600_000],
  ['minute', 60_000],
];

export const number = (value) => count.format(value);
export const shortNumber = (value) => compact.format(value);

export function dollars(value) {
  const digits = value !== 0 && Math.abs(value) < 0.1 ? 4 : 2;
  return `$${value.toFixed(digits)}`;
}

/** `2026-03-04` as it is said of a chart's bar. */
export function day(date) {
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) ? date : shortDay.format(time);
}

export function moment(text) {
  const time = Date.parse(text);
  return Number.isNaN(time) ? String(text) : dayAndTime.format(time);
}

export function wholeMoment(text) {
  const time = Date.parse(text);
  return Number.isNaN(time) ? String(text) : whole.format(time);
}

/** "in 3 hours", "tomorrow", "2 days ago". */
export function away(text, now = Date.now()) {
  const time = Date.parse(text);
  if (Number.isNaN(time)) return '';
  const left = time - now;
  if (Math.abs(left) >= DAY_MS) return relative.format(daysBetween(now, time), 'day');
  for (const [unit, ms] of UNITS) if (Math.abs(left) >= ms) return relative.format(Math.trunc(left / ms), unit);
  return left >= 0 ? 'in a moment' : 'just now';
}

/** By the calendar: what is due in 30 hours may be due in two days. */
function daysBetween(from, to) {
  const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(to) - midnight(from)) / DAY_MS);
}

export function duration(ms) {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  const [value, unit] = ms < 2 * DAY_MS ? [ms / 3_600_000, 'h'] : [ms / DAY_MS, 'days'];
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
}

export function bytes(value) {
  if (value < 1_024) return `${value} bytes`;
  return value < 2 ** 20 ? `${(value / 1_024).toFixed(1)} KB` : `${(value / 2 ** 20).toFixed(1)} MB`;
}

const APPS = { telegram: 'Telegram', whatsapp: 'WhatsApp', slack: 'Slack', discord: 'Discord', gmail: 'Gmail' };

export const appName = (name) => (name === 'local' ? 'Built-in chat' : (APPS[name] ?? name));

/** The app that a chat belongs to, by the form of its id. */
export function appOf(jid) {
  if (/@(g\.us|s\.whatsapp\.net)$/.test(jid)) return appName('whatsapp');
  const prefix = jid.split(':')[0];
  return appName({ tg: 'telegram', dc: 'discord' }[prefix] ?? prefix);
}

/** A schedule in words. */
export function schedule({ scheduleType: type, scheduleValue: value }) {
  if (type === 'cron') return `cron ${value}`;
  if (type === 'once') return `once, ${value.replace('T', ' ')}`;
  return `every ${duration(Number(value))}`;
}
