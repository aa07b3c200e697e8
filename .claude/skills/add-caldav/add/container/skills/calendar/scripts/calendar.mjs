// A calendar by CalDAV and iCalendar (RFC 4791, 5545) through the host's gateway: see SKILL.md.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';

const [address = '', verb, ...args] = process.argv.slice(2);
if (!/^http:\/\/.+\/$/.test(address) || !['list', 'add'].includes(verb)) {
  process.stderr.write('usage: calendar.mjs http://HOST/…/ list FROM TO | add START END TITLE [PLACE]\n');
  process.exit(2);
}
if (verb === 'list') list(...args);
else add(...args);

function list(from, to) {
  const days = [from, to].map((day) =>
    /^\d{4}-\d{2}-\d{2}$/.test(day ?? '') ? day.replaceAll('-', '') : fail('days are written as 2026-03-05'),
  );
  const events = eventsIn(ask('GET', `${address}?export`));
  const wanted = events.filter(
    ({ start, end, repeats }) =>
      repeats !== undefined || (start.slice(0, 8) <= days[1] && (end || start).slice(0, 8) >= days[0]),
  );
  process.stdout.write(
    `${JSON.stringify(
      wanted.sort((a, b) => (a.start < b.start ? -1 : 1)),
      null,
      2,
    )}\n`,
  );
}

function add(start, end, title, place) {
  if (!title) fail('a title is needed');
  const zone = process.env.TZ ?? 'UTC';
  const at = (time) =>
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(time ?? '')
      ? `${time.replaceAll(/[-:]/g, '')}00`
      : fail('times are written as 2026-03-05T09:00');
  const uid = randomUUID();
  const lines = [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//NanoClaw//calendar//EN', 'BEGIN:VEVENT', `UID:${uid}`],
    ...[
      `DTSTAMP:${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`,
      `DTSTART;TZID=${zone}:${at(start)}`,
      `DTEND;TZID=${zone}:${at(end)}`,
    ],
    ...[`SUMMARY:${escaped(title)}`, ...(place ? [`LOCATION:${escaped(place)}`] : []), 'END:VEVENT', 'END:VCALENDAR'],
  ];
  ask('PUT', `${address}${uid}.ics`, {
    body: `${lines.flatMap(fold).join('\r\n')}\r\n`,
    type: 'text/calendar; charset=utf-8',
    headers: ['if-none-match: *'],
  });
  process.stdout.write(`${JSON.stringify({ added: uid })}\n`);
}

function eventsIn(text) {
  const plain = text.replace(/\r?\n[ \t]/g, '');
  return [...plain.matchAll(/BEGIN:VEVENT\r?\n([\s\S]*?)END:VEVENT/g)].map(([, block]) => {
    const value = (name) => new RegExp(`^${name}(?:;[^:\\r\\n]*)?:(.*?)\\r?$`, 'm').exec(block)?.[1];
    const event = {
      start: value('DTSTART') ?? '',
      end: value('DTEND') ?? '',
      title: plainText(value('SUMMARY')),
      place: plainText(value('LOCATION')),
      repeats: value('RRULE'),
    };
    return Object.fromEntries(Object.entries(event).filter(([, field]) => field !== undefined));
  });
}

function escaped(text) {
  return text.replace(/([\\;,])/g, '\\$1').replace(/\r?\n/g, '\\n');
}

function plainText(text) {
  return text?.replace(/\\n/gi, '\n').replace(/\\([\\;,])/g, '$1');
}

/** Lines of more than 75 bytes go on in the next (RFC 5545, 3.1). */
function fold(line) {
  const parts = [];
  for (let rest = line, most = 70; rest !== ''; most = 69) {
    let take = rest;
    while (Buffer.byteLength(take) > most) take = [...take].slice(0, -1).join('');
    parts.push(`${parts.length === 0 ? '' : ' '}${take}`);
    rest = rest.slice(take.length);
  }
  return parts;
}

/** By curl, because it takes the sandbox's way out by itself. Throws with what the service said. */
function ask(method, url, { body, type = 'application/json', headers = [] } = {}) {
  const args = ['-sS', '-X', method, '-w', '\\n%{http_code}', '--max-time', '60'];
  for (const header of headers) args.push('-H', header);
  if (body !== undefined) args.push('-H', `content-type: ${type}`, '--data-binary', '@-');
  const { status, stdout, stderr } = spawnSync('curl', [...args, url], {
    input: body ?? '',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) fail(stderr.trim() || `curl ended with ${status}`);
  const at = stdout.lastIndexOf('\n');
  const [text, code] = [stdout.slice(0, at), Number(stdout.slice(at + 1))];
  if (code >= 400) fail(`${method} ${url}: ${code} ${text.slice(0, 500)}`);
  return text;
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
