import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { aHome, type CliHome, MAIN, until } from '../../../../test/cli/cli-home.ts';
import type { ConversationEvent } from '../channels/local/conversation-event.ts';
import { createControlClient } from './control-client.ts';

const ended: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function home(): CliHome {
  const made = aHome();
  ended.push(made.remove);
  return made;
}

async function runningHome() {
  const host = home();
  await host.start();
  return { host, client: createControlClient(host.paths.controlSocket) };
}

/** A server that treats each connection in its own way, at the socket of a home. */
async function aStrangeHost(treat: Parameters<typeof createServer>[1]) {
  const host = home();
  const server: Server = createServer(treat);
  await new Promise<void>((resolve) => server.listen(host.paths.controlSocket, resolve));
  ended.push(() => new Promise((resolve) => server.close(resolve)));
  return createControlClient(host.paths.controlSocket);
}

function answering(body: string, status = '200 OK'): Parameters<typeof createServer>[1] {
  const head = `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  return (socket) => void socket.once('data', () => socket.end(head + body));
}

/** A stored conversation event stream, read in the background. */
function listen(client: ReturnType<typeof createControlClient>, afterSeq = 0) {
  const heard: ConversationEvent[] = [];
  const stop = new AbortController();
  const done = (async () => {
    for await (const event of client.events(MAIN, afterSeq, stop.signal)) heard.push(event);
  })();
  return { heard, stop, done };
}

test('without a socket there is no host, and the error says how to start one', async () => {
  const client = createControlClient(home().paths.controlSocket);
  await expect(client.status()).rejects.toMatchObject({
    code: 'host-not-running',
    message: expect.stringContaining('npm start'),
  });
  expect(await client.say(MAIN, 'hi')).toEqual({ kind: 'unreachable' });
});

test('a socket file that a dead host left behind counts as no host', async () => {
  const host = home();
  const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script, host.paths.controlSocket]);
  expect(existsSync(host.paths.controlSocket)).toBe(true);

  const client = createControlClient(host.paths.controlSocket);

  await expect(client.groups()).rejects.toMatchObject({ code: 'host-not-running' });
  expect(await client.say(MAIN, 'hi')).toEqual({ kind: 'unreachable' });
});

test('answers are checked: a host that says something else is refused with a reason', async () => {
  const client = await aStrangeHost(answering('{"pid":"seven"}'));
  await expect(client.status()).rejects.toMatchObject({ code: 'host-refused', message: /different versions/ });
});

test('the reason of a refusal is handed on, and one without a reason has its status', async () => {
  const { client } = await runningHome();
  await expect(client.group('nobody')).rejects.toMatchObject({ code: 'not-found', message: /nobody/ });
  const strange = await aStrangeHost(answering('<html>', '502 Bad Gateway'));
  await expect(strange.status()).rejects.toMatchObject({ code: 'host-refused', message: 'status 502' });
});

test('a connection that ends before the answer leaves the fate of a message unknown', async () => {
  const client = await aStrangeHost((socket) => void socket.once('data', () => socket.destroy()));
  expect(await client.say(MAIN, 'hi')).toEqual({ kind: 'unknown' });
  await expect(client.status()).rejects.toMatchObject({ code: 'host-not-running' });
});

test('a connection that ends within the answer counts as broken, too', async () => {
  const cut = 'HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\n{"seq"';
  const client = await aStrangeHost((socket) => void socket.once('data', () => socket.end(cut)));
  expect(await client.say(MAIN, 'hi')).toEqual({ kind: 'unknown' });
});

test('a message is taken with its seq, or refused with the reason', async () => {
  const { client } = await runningHome();
  expect(await client.say(MAIN, 'hi')).toEqual({ kind: 'taken', seq: 1 });
  expect(await client.say(MAIN, '  ')).toMatchObject({ kind: 'refused', reason: /empty message/ });
  expect(await client.say('local:other', 'hi')).toMatchObject({ kind: 'refused', reason: /local:other/ });
});

test('events are the stored messages after a place, then what happens, until the host stops', async () => {
  const { host, client } = await runningHome();
  host.answer('one');
  host.answer('two, with 日本');
  const { heard, done } = listen(client, 1);
  await until(() => heard.length >= 2);

  host.local.showPartial?.(MAIN, 'thr');
  await until(() => heard.some(({ kind }) => kind === 'partial'));
  await host.stop();
  await done;

  expect(heard.map((event) => (event.kind === 'message' ? event.message.text : event.kind))).toEqual([
    'two, with 日本',
    'typing',
    'partial',
  ]);
});

test('aborting ends the events, and the host forgets the viewer', async () => {
  const { client } = await runningHome();
  for (let viewer = 0; viewer < 100; viewer++) {
    const { heard, stop, done } = listen(client);
    await until(() => heard.length > 0);
    stop.abort();
    await done;
  }
});

test('the events of a chat that is not there are refused', async () => {
  const { client } = await runningHome();
  const events = client.events('local:other', 0, new AbortController().signal);
  await expect(events.next()).rejects.toMatchObject({ code: 'not-found' });
});
