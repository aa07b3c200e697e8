import { connect, type Socket } from 'node:net';
import { aGateway, type GatewayUnderTest, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_GATEWAY_CONNECTIONS, MAX_REQUESTS_PER_RUN } from './gateway-server.ts';

let under: GatewayUnderTest;
const sockets: Socket[] = [];
beforeEach(async () => {
  under = await aGateway();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await under.end();
});

async function open(): Promise<Socket> {
  const socket = connect(under.socketPath).on('error', () => undefined);
  sockets.push(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

const head = (token: string): string => `GET /v1/models HTTP/1.1\r\nhost: x\r\nx-api-key: ${token}\r\n\r\n`;

describe('a sandbox that opens as many connections as it can', () => {
  test('keeps no place from others: what waits longest is closed', async () => {
    const first = await open();
    for (let count = 0; count < MAX_GATEWAY_CONNECTIONS; count++) (await open()).write('GET / HT');

    expect((await under.send()).status).toBe(200);

    await until('the oldest is closed', () => first.destroyed || first.readableEnded);
  });

  test('does not end a request on its way', async () => {
    let finish: () => void = () => undefined;
    under.answerWith((_, response) => {
      response.writeHead(200);
      response.write('first ');
      finish = () => response.end('second');
    });
    const response = await under.open();
    for (let count = 0; count < MAX_GATEWAY_CONNECTIONS + 10; count++) await open();
    finish();

    let body = '';
    for await (const piece of response) body += String(piece);
    expect(body).toBe('first second');
  });
});

describe('a run that sends as many requests as it can', () => {
  test('has a limited number on their way, and others are served', async () => {
    under.answerWith(() => undefined);
    for (let count = 0; count < 2 * MAX_REQUESTS_PER_RUN; count++) (await open()).write(head(under.token));
    await until('the service has as many', () => under.seen.length === MAX_REQUESTS_PER_RUN);

    expect((await under.send()).status).toBe(429);
    under.answerWith((_, response) => response.end('{}'));
    const other = under.tokens.issue({ groupFolder: 'other', runId: 'run-2' });

    expect((await under.send({ headers: { 'x-api-key': other } })).status).toBe(200);
    expect(under.seen.length).toBe(MAX_REQUESTS_PER_RUN + 1);
  });

  test('may send again when its connections have closed', async () => {
    under.answerWith(() => undefined);
    for (let count = 0; count < MAX_REQUESTS_PER_RUN; count++) (await open()).write(head(under.token));
    await until('the service has them', () => under.seen.length === MAX_REQUESTS_PER_RUN);
    under.answerWith((_, response) => response.end('{}'));
    expect((await under.send()).status).toBe(429);

    for (const socket of sockets) socket.destroy();

    await until('it is served again', async () => (await under.send()).status === 200);
  });

  test('on one connection without waiting for answers loses the connection', async () => {
    under.answerWith(() => undefined);
    const socket = await open();
    socket.write(head(under.token).repeat(1_000));

    await until('it is closed', () => socket.destroyed || socket.readableEnded);

    expect(under.seen.length).toBeLessThan(2);
    under.answerWith((_, response) => response.end('{}'));
    expect((await under.send()).status).toBe(200);
  });

  test('on one connection one after the other has every answer', async () => {
    const socket = await open();
    for (let count = 1; count <= 2 * MAX_REQUESTS_PER_RUN; count++) {
      socket.write(head(under.token));
      await new Promise((resolve) => socket.once('data', resolve));
    }

    expect(under.seen.length).toBe(2 * MAX_REQUESTS_PER_RUN);
  });
});

describe('an answer that is none', () => {
  test.each([
    'HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n',
  ])('is an error of the service, and the host lives on: %j', async (bytes) => {
    under.answerWith((request) => request.socket.end(bytes));

    expect((await under.send()).status).toBe(502);

    under.answerWith((_, response) => response.end('{}'));
    expect((await under.send()).status).toBe(200);
  });
});
