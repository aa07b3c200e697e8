import { statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { aGateway, GATEWAY_KEY, type GatewayUnderTest, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_REQUEST_BYTES } from './gateway-server.ts';

let under: GatewayUnderTest;
beforeEach(async () => {
  under = await aGateway();
});
afterEach(() => under.end());

const errorType = ({ body }: { body: string }): string => (JSON.parse(body) as { error: { type: string } }).error.type;

describe('an answer', () => {
  test('that streams is passed on piece by piece', async () => {
    under.answerWith((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('first');
      finish = () => response.end('second');
    });
    let finish: () => void = () => undefined;

    const response = await under.open();
    const first = await new Promise((resolve) => response.once('data', resolve));
    expect(String(first)).toBe('first');
    finish();

    expect(await text(response)).toBe('second');
  });

  test('that is one document is passed on with its status and headers', async () => {
    under.answerWith((_, response) => {
      response.writeHead(529, { 'content-type': 'application/json', 'retry-after': '7' });
      response.end('{"type":"error"}');
    });

    expect(await under.send({ body: '{"stream":false}' })).toMatchObject({
      status: 529,
      body: '{"type":"error"}',
      headers: { 'retry-after': '7' },
    });
  });

  test('that the service cuts off is cut off here too, not ended as if it were whole', async () => {
    under.answerWith((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('half', () => response.destroy());
    });

    const response = await under.open();

    await expect(text(response)).rejects.toThrow('aborted');
  });

  test('that nobody waits for any more is not waited for either', async () => {
    let isGone = false;
    under.answerWith((_, response) => {
      response.write('first');
      response.on('close', () => {
        isGone = true;
      });
    });

    const response = await under.open();
    response.destroy();

    await until('the service sees it', () => isGone);
  });

  test('begins here when it begins there, before there is anything in it', async () => {
    under.answerWith((_, response) => response.flushHeaders());

    const response = await under.open();

    expect(response.statusCode).toBe(200);
    response.destroy();
  });

  test('that has not begun is not waited for when nobody waits for it any more', async () => {
    let isGone = false;
    under.answerWith((request) => {
      request.socket.on('close', () => {
        isGone = true;
      });
    });
    const outgoing = httpRequest({
      socketPath: under.socketPath,
      method: 'POST',
      path: '/v1/messages',
      headers: { 'x-api-key': under.token },
    });
    outgoing.on('error', () => undefined);
    outgoing.end('{}');
    await until('the service has the request', () => under.seen.length === 1);

    outgoing.destroy();

    await until('the service sees it', () => isGone);
  });

  test('of a service that is not there is an error in the form of the service', async () => {
    await under.restart({ base: 'http://127.0.0.1:1' });

    const answer = await under.send();

    expect(answer.status).toBe(502);
    expect(errorType(answer)).toBe('api_error');
    expect(answer.body).not.toContain(GATEWAY_KEY);
  });
});

describe('a request', () => {
  test('keeps its body as it is, also without a length', async () => {
    const body = JSON.stringify({ text: 'ü'.repeat(100_000) });

    await under.send({ body, headers: { 'x-api-key': under.token, 'transfer-encoding': 'chunked' } });

    expect(Buffer.from(under.seen[0]!.body, 'latin1').toString('utf8')).toBe(body);
  });

  test('that announces too large a body is refused before it is sent', async () => {
    const headers = { 'x-api-key': under.token, 'content-length': String(MAX_REQUEST_BYTES + 1) };
    const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\n${Object.entries(headers)
      .map((pair) => pair.join(': '))
      .join('\r\n')}\r\n\r\n`;

    expect(await under.exchange(head)).toMatch(/^HTTP\/1\.1 413/);

    expect(under.seen).toEqual([]);
  });

  test('that grows too large on the way is refused, and the service does not get it whole', async () => {
    let isCut = false;
    under.answerWith((request) => {
      request.on('close', () => {
        isCut = !request.complete;
      });
    });
    const piece = Buffer.alloc(8 * 1024 * 1024, 0x20);

    const status = await new Promise<number>((resolve, reject) => {
      const headers = { 'x-api-key': under.token, 'transfer-encoding': 'chunked' };
      const outgoing = httpRequest(
        { socketPath: under.socketPath, method: 'POST', path: '/v1/messages', headers, agent: false },
        (response) => {
          resolve(response.statusCode ?? 0);
          outgoing.destroy();
        },
      );
      outgoing.on('error', reject);
      for (let bytes = 0; bytes <= MAX_REQUEST_BYTES; bytes += piece.length) outgoing.write(piece);
      outgoing.end();
    });

    expect(status).toBe(413);
    await until('the service sees the cut', () => isCut);
  });
});

test('a socket file that is there already is replaced, and everybody may connect to it', async () => {
  const first = await under.startSecond();

  expect((await under.send()).status).toBe(200);
  expect(statSync(under.socketPath).mode & 0o777).toBe(0o666);
  await first.stop();
});

test('stop ends open connections', async () => {
  under.answerWith((_, response) => void response.write('first'));
  const response = await under.open();
  const ended = text(response).catch(() => 'cut');

  await under.stopGateway();

  expect(await ended).toBe('cut');
});
