import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aWebHost, MAIN, type WebHost } from './web-fixture.ts';

const EVENTS = `/chats/${encodeURIComponent(MAIN)}/events`;

let host: WebHost;
let squatter: Server | undefined;
beforeEach(async () => {
  host = await aWebHost();
});
afterEach(async () => {
  squatter?.close();
  squatter = undefined;
  await host.stop();
});

const addressOf = (path: string) => `http://127.0.0.1:${host.server.port}${path}`;

/** The cookie header of a browser that was just logged in. */
async function logIn(): Promise<string> {
  const answer = await fetch(host.server.loginUrl(), { redirect: 'manual' });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

const statusOf = async (cookie: string) => (await fetch(addressOf('/chats'), { headers: { cookie } })).status;

async function listenOn(port: number): Promise<number> {
  squatter = createServer();
  await new Promise<void>((resolve) => squatter?.listen(port, '127.0.0.1', resolve));
  return (squatter.address() as AddressInfo).port;
}

/** What a stream says up to `wanted`, or to its end without it. Fails when it ends before. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted?: string): Promise<string> {
  let text = '';
  while (wanted === undefined || !text.includes(wanted)) {
    const { done, value } = await reader.read();
    if (done && wanted !== undefined) throw new Error(`the stream ended before ${wanted}: ${text}`);
    if (done) return text;
    text += new TextDecoder().decode(value);
  }
  return text;
}

test('over a restart the port stays, browsers stay logged in, and a stream goes on where it ended', async () => {
  const { port } = host.server;
  const cookie = await logIn();
  const stream = await fetch(addressOf(EVENTS), { headers: { cookie } });
  const reader = stream.body!.getReader();
  host.answer('before');
  await readUntil(reader, '"before"');
  await host.restart(async () => {
    await readUntil(reader);
    await expect(fetch(addressOf('/'))).rejects.toThrow();
    host.answer('while away');
  });

  expect(host.server.port).toBe(port);
  expect(await statusOf(cookie)).toBe(200);
  const resumed = await fetch(addressOf(EVENTS), { headers: { cookie, 'last-event-id': '1' } });
  expect(await readUntil(resumed.body!.getReader(), '"while away"')).not.toContain('"before"');
});

test('the kept port gives way when somebody else has it', async () => {
  const { port } = host.server;
  await host.restart(async () => {
    await listenOn(port);
  });
  expect(host.server.port).not.toBe(port);
  expect((await fetch(addressOf('/'))).status).toBe(401);
});

test('a damaged state file is replaced: browsers have to log in again, nothing else', async () => {
  const cookie = await logIn();
  await host.restart(() => writeFileSync(host.stateFile, '{"port": "many"'));
  expect(host.warnings).toEqual(['web.state-replaced']);
  expect(await statusOf(cookie)).toBe(401);
  expect(JSON.parse(readFileSync(host.stateFile, 'utf8'))).toEqual({ port: host.server.port, sessions: [] });
  expect(await statusOf(await logIn())).toBe(200);
});

test('a given port that is in use is refused with a sentence, a free one is used', async () => {
  await host.server.stop();
  const port = await listenOn(0);
  const message = expect.stringContaining(`port ${port} is in use: `);
  await expect(host.start(port)).rejects.toMatchObject({ code: 'usage', message });
  await new Promise((resolve) => squatter?.close(resolve));
  host.server = await host.start(port);
  expect(host.server.port).toBe(port);
});

test('a start that cannot keep its state leaves nothing listening', async () => {
  await host.server.stop();
  const { port } = host.server;
  const stateFile = `${host.directory}/nowhere/web.json`;
  await expect(host.start(port, stateFile)).rejects.toMatchObject({ code: 'home-unusable' });
  await expect(fetch(addressOf('/'))).rejects.toThrow();
});
