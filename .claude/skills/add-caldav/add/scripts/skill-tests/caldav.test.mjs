import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../container/skills/calendar/scripts/calendar.mjs');
const ENVIRONMENT = () => ({ TZ: 'Europe/Berlin' });

let server;
let root;
let seen = [];
let answer = () => ({});
before(async () => {
  server = createServer(async (request, response) => {
    const body = await text(request);
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    const { status = 200, body: out = '' } = answer(request.method, request.url, body);
    response.writeHead(status, { connection: 'close' }).end(typeof out === 'string' ? out : JSON.stringify(out));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  root = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());
beforeEach(() => {
  seen = [];
});

function run(...args) {
  return new Promise((resolve) => {
    const env = { ...process.env, http_proxy: '', HTTP_PROXY: '', NO_PROXY: '127.0.0.1', ...ENVIRONMENT() };
    execFile(process.execPath, [SCRIPT, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

const ICS = [
  'BEGIN:VCALENDAR',
  ...[
    'BEGIN:VEVENT',
    'DTSTART;TZID=Europe/Berlin:20260306T090000',
    'DTEND;TZID=Europe/Berlin:20260306T100000',
    'SUMMARY:Dentist\\, again and',
    ' again',
    'LOCATION:Here',
    'END:VEVENT',
  ],
  ...['BEGIN:VEVENT', 'DTSTART:20250101T090000Z', 'SUMMARY:Weekly', 'RRULE:FREQ=WEEKLY', 'END:VEVENT'],
  ...['BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20260401', 'SUMMARY:Later', 'END:VEVENT'],
  'END:VCALENDAR',
].join('\r\n');

test('events of some days are listed, and those that repeat', async () => {
  answer = () => ({ body: ICS });
  const { stdout } = await run(`${root}/cal/`, 'list', '2026-03-05', '2026-03-12');
  assert.deepEqual(JSON.parse(stdout), [
    { start: '20250101T090000Z', end: '', title: 'Weekly', repeats: 'FREQ=WEEKLY' },
    { start: '20260306T090000', end: '20260306T100000', title: 'Dentist, again andagain', place: 'Here' },
  ]);
  assert.equal(seen[0].url, '/cal/?export');
});

test('an event is put where none is, escaped and folded', async () => {
  answer = () => ({ status: 201 });
  const title = `Supper; with Ann, ${'ü'.repeat(60)}`;
  const { stdout } = await run(`${root}/cal/`, 'add', '2026-03-05T19:00', '2026-03-05T21:00', title, 'Here');
  const { added } = JSON.parse(stdout);
  const [{ method, url, headers, body }] = seen;
  assert.deepEqual([method, url, headers['if-none-match']], ['PUT', `/cal/${added}.ics`, '*']);
  assert.ok(body.split('\r\n').every((line) => Buffer.byteLength(line) <= 75));
  assert.ok(body.replaceAll('\r\n ', '').includes(`SUMMARY:Supper\\; with Ann\\, ${'ü'.repeat(60)}`));
  assert.ok(body.includes('DTSTART;TZID=Europe/Berlin:20260305T190000'));
});

test('refusals are said, and wrong days ask nobody', async () => {
  answer = () => ({ status: 401, body: 'no' });
  assert.match((await run(`${root}/cal/`, 'list', '2026-03-05', '2026-03-06')).stderr, /401 no/);
  seen = [];
  assert.match((await run(`${root}/cal/`, 'list', 'tomorrow', '')).stderr, /written as/);
  assert.match((await run(`${root}/cal/`, 'add', '9', '10', 'x')).stderr, /written as/);
  assert.deepEqual(seen, []);
});
