import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createLocalChannel, HISTORY_LENGTH, MAX_VIEWERS } from '../channels/local/local-channel.ts';
import { createFileStore } from '../messages/file-store.ts';
import { asChatJid, type ChatJid, MAX_INBOUND_CHARS } from '../messages/message.ts';
import { createMessageStore } from '../messages/message-store.ts';
import { openStore } from '../store/open-store.ts';
import { chatRoutes, MAX_LOCAL_FILE_BYTES, MAX_MESSAGE_BODY_BYTES } from './chat-routes.ts';

const CHAT = asChatJid('local:main') as ChatJid;
const EVENTS = `/chats/${encodeURIComponent(CHAT)}/events`;
const MESSAGES = `/chats/${encodeURIComponent(CHAT)}/messages`;

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** Routes over a real channel and store. */
function aHost({ mayNamePaths = false }: { mayNamePaths?: boolean } = {}) {
  const database = openStore(':memory:');
  const messages = createMessageStore(database);
  const stopping = new AbortController();
  const files = createFileStore(database);
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-routes-'));
  const local = createLocalChannel({
    messages,
    files,
    pathOfFile: (key) => join(directory, key),
    keepFile: (_, { name }) => ({ path: `/workspace/group/attachments/${name}` }),
    now: () => Date.parse('2026-01-02T03:04:05Z'),
    receive: (chat, message) => {
      const stored = messages.accept(chat, message);
      if (stored) local.onStored(stored);
    },
  });
  let answers = 0;
  /** The assistant has sent a file. */
  const sendFile = (name: string, mime: string, content: string): string => {
    answers += 1;
    const key = `file-${answers}`;
    writeFileSync(join(directory, key), content);
    files.add({ key, groupFolder: 'main', name, type: 'image', mime, bytes: content.length, createdAt: 0 });
    const from = { id: key, chatJid: CHAT, sender: 'assistant', senderName: 'Andy', content: name, timestamp: '' };
    messages.insert({ ...from, attachments: [{ type: 'image', name, key }] }, { from: 'assistant' });
    return key;
  };
  const answer = (text: string): void => {
    answers += 1;
    const id = `answer-${answers}`;
    const timestamp = '2026-01-02T03:04:06.000Z';
    const sender = { sender: 'assistant', senderName: 'Andy' };
    const stored = messages.insert({ id, chatJid: CHAT, ...sender, content: text, timestamp }, { from: 'assistant' });
    if (stored) local.onStored(stored);
  };
  messages.ensureChat({ jid: CHAT, name: 'main', channel: 'local', isGroup: false });
  const chats = () => [{ jid: CHAT, name: 'main' }];
  const app = chatRoutes({ local, chats, signal: stopping.signal, mayNamePaths });
  ended.push(
    () => stopping.abort(),
    () => database.close(),
    () => rmSync(directory, { recursive: true }),
  );
  return { app, local, messages, answer, sendFile, stopping, directory };
}

interface Frame {
  id?: string;
  event?: string;
  data?: string;
}

/** Reads frames until there are enough; the stream stays open for more. */
function frameReader(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  const frames: Frame[] = [];
  return {
    reader,
    frames,
    async until(isEnough: (frames: Frame[]) => boolean): Promise<Frame[]> {
      while (!isEnough(frames)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended after ${JSON.stringify(frames)}`);
        text += decoder.decode(value, { stream: true });
        const parts = text.split('\n\n');
        text = parts.pop() as string;
        frames.push(...parts.map(parseFrame));
      }
      return frames;
    },
  };
}

function parseFrame(text: string): Frame {
  if (text.startsWith(':')) return {};
  return Object.fromEntries(
    text.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
  );
}

const messagesOf = (frames: Frame[]) => frames.filter((frame) => frame.event === 'message');
const idsOf = (frames: Frame[]) => messagesOf(frames).map((frame) => Number(frame.id));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

function post(app: ReturnType<typeof aHost>['app'], body: string, path = MESSAGES): Promise<Response> {
  return Promise.resolve(app.request(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } }));
}

test('the chats are listed', async () => {
  const { app } = aHost();
  expect(await (await app.request('/chats')).json()).toEqual([{ jid: 'local:main', name: 'main' }]);
});

test('a message is taken with its seq, and a viewer sees history, typing, the growing answer and the answer', async () => {
  const { app, local, answer } = aHost();
  const response = await post(app, JSON.stringify({ text: 'hello' }));
  expect([response.status, await response.json()]).toEqual([202, { seq: 1 }]);

  const viewer = frameReader(await app.request(EVENTS));
  await viewer.until((frames) => frames.some(({ event }) => event === 'typing'));
  await local.setTyping(CHAT, true);
  await viewer.until((frames) => frames.filter(({ event }) => event === 'typing').length === 2);
  local.showPartial?.(CHAT, 'hi th');
  await viewer.until((frames) => frames.some(({ event }) => event === 'partial'));
  answer('hi there');
  const frames = await viewer.until((seen) => idsOf(seen).length === 2);

  const told = frames.filter(({ event }) => event !== undefined);
  expect(told.map(({ event }) => event)).toEqual(['message', 'typing', 'typing', 'partial', 'message']);
  expect(told.map(({ id }) => id)).toEqual(['1', undefined, undefined, undefined, '2']);
  expect(JSON.parse(told[3]?.data ?? '')).toEqual({ text: 'hi th' });
  expect(JSON.parse(told[4]?.data ?? '')).toEqual({
    seq: 2,
    from: 'assistant',
    sender: 'Andy',
    text: 'hi there',
    time: '2026-01-02T03:04:06.000Z',
  });
});

test('a viewer that was away gets exactly what it missed, also when that is more than one page of history', async () => {
  const { app, local } = aHost();
  const count = 2 * HISTORY_LENGTH + 7;
  for (const seq of range(1, count)) local.say(CHAT, `message ${seq}`);

  const viewer = frameReader(await app.request(EVENTS, { headers: { 'last-event-id': '5' } }));
  await viewer.until((frames) => idsOf(frames).length === 3);
  local.say(CHAT, 'while history is being told');
  const frames = await viewer.until((seen) => idsOf(seen).length === count - 4);

  expect(idsOf(frames)).toEqual(range(6, count + 1));
});

test('without a place a viewer gets the newest page; ?after and ?history=0 say where to begin', async () => {
  const { app, local } = aHost();
  for (const seq of range(1, HISTORY_LENGTH + 3)) local.say(CHAT, `message ${seq}`);
  const last = HISTORY_LENGTH + 4;
  const open = async (query: string, headers: Record<string, string> = {}) =>
    frameReader(await app.request(`${EVENTS}${query}`, { headers }));

  const viewers = await Promise.all([
    open(''),
    open(`?after=${HISTORY_LENGTH}`),
    open('?history=0'),
    open('?history=0', { 'last-event-id': String(last - 2) }),
    open(`?after=${last + 1000}`),
    open('?after=x'),
  ]);
  local.say(CHAT, 'live');
  const ids = await Promise.all(
    viewers.map(async (viewer) => idsOf(await viewer.until((f) => idsOf(f).at(-1) === last))),
  );

  const wholePage = range(last - HISTORY_LENGTH + 1, last);
  const wholePageAndLive = range(last - HISTORY_LENGTH, last);
  expect(ids[1]).toEqual(range(HISTORY_LENGTH + 1, last));
  expect(ids[2]).toEqual([last]);
  expect(ids[3]).toEqual([last - 1, last]);
  for (const seen of [ids[0], ids[4], ids[5]]) expect([wholePage, wholePageAndLive]).toContainEqual(seen);
});

test('streams end when the host stops, and a cancelled one makes room for another viewer', async () => {
  const { app, stopping } = aHost();
  const open = await Promise.all(range(1, MAX_VIEWERS).map(() => app.request(EVENTS)));
  const refused = await app.request(EVENTS);
  expect([refused.status, await refused.json()]).toEqual([503, { error: expect.stringContaining('close one') }]);

  await open[0]?.body?.cancel();
  const viewer = frameReader(await app.request(EVENTS));
  await viewer.until((frames) => frames.some(({ event }) => event === 'typing'));

  stopping.abort();
  await expect(viewer.until(() => false)).rejects.toThrow('the stream ended');
});

test('what is not a message is refused with one sentence', async () => {
  const { app } = aHost();
  const bodies: [string, number, string][] = [
    ['{"text": ', 400, 'the body must be'],
    ['[]', 400, 'the body must be'],
    ['{}', 400, 'text must be a string'],
    ['{"text": 5}', 400, 'text must be a string'],
    ['{"text": " \\n "}', 400, 'write something'],
    [JSON.stringify({ text: 'x'.repeat(MAX_INBOUND_CHARS + 1) }), 400, 'more than'],
    ['x'.repeat(MAX_MESSAGE_BODY_BYTES + 1), 413, 'larger than'],
  ];
  for (const [body, status, sentence] of bodies) {
    const response = await post(app, body);
    expect([response.status, await response.json()]).toEqual([status, { error: expect.stringContaining(sentence) }]);
  }
});

test('an unknown chat or address is 404 and a failure nobody expected is 500 without details', async () => {
  const { app, local } = aHost();
  const other = await app.request('/chats/local%3Aother/events');
  expect([other.status, await other.json()]).toEqual([404, { error: 'there is no chat "local:other" here' }]);
  expect((await post(app, '{"text": "x"}', '/chats/tg%3A77/messages')).status).toBe(404);
  expect((await app.request('/chats/%ff/events')).status).toBe(404);
  const nothing = await app.request('/elsewhere');
  expect([nothing.status, await nothing.json()]).toEqual([404, { error: expect.stringContaining('/elsewhere') }]);

  local.say = () => {
    throw new Error('the disk said something private');
  };
  const failed = await post(app, '{"text": "x"}');
  expect([failed.status, await failed.json()]).toEqual([500, { error: expect.not.stringContaining('private') }]);
});

test('a file that the assistant has sent is given as what it is, and never as a page', async () => {
  const { app, local, sendFile, directory } = aHost();
  const picture = sendFile('a "b".png', 'image/png', 'picture');
  const page = sendFile('x.html', 'application/octet-stream', '<script>alert(1)</script>');

  const shown = await app.request(`/files/${picture}`);
  expect(await shown.text()).toBe('picture');
  expect(shown.headers.get('content-type')).toBe('image/png');
  expect(shown.headers.get('content-disposition')).toBe("inline; filename*=UTF-8''a%20%22b%22.png");
  const saved = await app.request(`/files/${page}`);
  expect(saved.headers.get('content-type')).toBe('application/octet-stream');
  expect(saved.headers.get('content-disposition')).toMatch(/^attachment;/);
  expect(saved.headers.get('content-security-policy')).toContain('sandbox');
  await saved.text();
  expect(local.history(CHAT).map(({ files }) => files?.[0]?.name)).toEqual(['a "b".png', 'x.html']);

  rmSync(join(directory, page));
  for (const key of [page, 'file-404', '..%2f..%2fetc%2fpasswd']) {
    expect((await app.request(`/files/${key}`)).status).toBe(404);
  }
});

test('the owner names files of this machine with a message; a page cannot', async () => {
  const { app, messages, directory } = aHost({ mayNamePaths: true });
  const file = join(directory, 'report.pdf');
  writeFileSync(file, '%PDF');
  const post = (routes: typeof app, files: string[]) =>
    routes.request(MESSAGES, { method: 'POST', body: JSON.stringify({ text: 'sum this up', files }) });

  expect((await post(app, [file])).status).toBe(202);
  expect(messages.after(CHAT, 0, 1)).toMatchObject([
    {
      content: 'sum this up [file: report.pdf]',
      attachments: [{ type: 'document', name: 'report.pdf', path: '/workspace/group/attachments/report.pdf' }],
    },
  ]);
  truncateSync(file, MAX_LOCAL_FILE_BYTES + 1);
  for (const [path, why] of [
    [file, 'larger than'],
    [directory, 'it is no file'],
    ['relative.txt', 'not absolute'],
    ['/nowhere', 'ENOENT'],
  ] as const) {
    const refused = await post(app, [path]);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(why)]);
  }
  expect((await post(aHost().app, ['/etc/passwd'])).status).toBe(400);
  expect(messages.after(CHAT, 0, 10)).toHaveLength(1);
});
