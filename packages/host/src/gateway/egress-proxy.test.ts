import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { aGateway, type GatewayUnderTest, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_REQUESTS_PER_RUN } from './gateway-server.ts';
import { WISHES_AT_ONCE } from './wish-limit.ts';

let under: GatewayUnderTest;
let echo: Server;
let port: number;
/** Addresses that a name has, one answer after the other; the last one stays. */
let answers: string[][];
beforeEach(async () => {
  under = await aGateway();
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  port = (echo.address() as AddressInfo).port;
  answers = [['127.0.0.1']];
  // The test's own internet: this machine is all of it.
  await under.restart({ dial: { isAllowed: (address) => address === '127.0.0.1', resolve } });
});
afterEach(async () => {
  await under.end();
  echo.close();
});

async function resolve(host: string) {
  if (!host.endsWith('.test')) throw new Error('there is no such name');
  const [found = []] = answers.length > 1 ? [answers.shift()] : answers;
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

const basic = (token: string): string => `Basic ${Buffer.from(`nanoclaw:${token}`).toString('base64')}`;

/** Asks for a tunnel as a client in a sandbox does; gives the status, why not, and the connection. */
async function tunnel(target: string, credential: string | undefined = basic(under.token)) {
  const headers = credential === undefined ? {} : { 'proxy-authorization': credential };
  return new Promise<{ status: number; why: unknown; socket: Socket }>((done, reject) => {
    const asked = httpRequest({ socketPath: under.socketPath, method: 'CONNECT', path: target, headers });
    asked.on('connect', (response, socket) => {
      done({ status: response.statusCode ?? 0, why: response.headers['x-nanoclaw-refused'], socket });
    });
    asked.on('error', reject).end();
  });
}
const refusal = async (target: string, credential?: string) => {
  const { status, why, socket } = await tunnel(target, credential);
  socket.destroy();
  return `${status} ${String(why)}`;
};

describe('a tunnel', () => {
  test('carries bytes both ways, unchanged, and is told with what it moved', async () => {
    const { status, socket } = await tunnel(`host.test:${port}`);
    const bytes = Buffer.alloc(300_000, 'x');
    socket.write(bytes);
    let heard = 0;
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.length;
    });
    await until('all of it is back', () => heard === bytes.length);
    socket.end();
    await until('it is told', () => under.reports.length === 1);

    expect(status).toBe(200);
    expect(under.reports[0]).toMatchObject({
      groupFolder: 'main',
      runId: 'run-1',
      method: 'CONNECT',
      host: 'host.test',
      port,
      outcome: { address: '127.0.0.1' },
      bytesOut: bytes.length,
      bytesIn: bytes.length,
    });
  });

  test.each([
    ['no token', undefined, 407],
    ['a foreign token', basic('0'.repeat(32)), 407],
    ['rubbish', 'Basic %%%', 407],
  ])('with %s is not opened, and nothing is looked up', async (_, credential, status) => {
    const { socket, ...answer } = await tunnel(`host.test:${port}`, credential ?? '');
    socket.destroy();
    expect(answer.status).toBe(status);
    expect(under.reports).toEqual([]);
  });

  test('with the token of a run that is over is not opened', async () => {
    under.tokens.revoke(under.token);
    expect(await refusal(`host.test:${port}`)).toMatch(/^407/);
  });

  test('is refused by the policy with its reason, which is told', async () => {
    under.refuse(({ groupFolder }, { host }) => (host === 'host.test' ? `${groupFolder} may not` : undefined));
    expect(await refusal('host.test:443')).toBe('403 main may not');
    expect(under.reports).toMatchObject([{ host: 'host.test', outcome: { refused: 'main may not' }, bytesOut: 0 }]);
  });

  test('to a host that does not exist, or does not answer, is told so', async () => {
    expect(await refusal('nowhere.example:443')).toBe('502 there is no host nowhere.example');
    expect(await refusal('host.test:1')).toBe('502 host.test port 1 cannot be reached');
  });

  test.each(['nothing', 'host.test', 'host.test:0', 'host.test:99999'])('to %j is no tunnel', async (target) => {
    expect(await refusal(target)).toMatch(/^400/);
  });

  test('more of them than a run may have are refused, and there is room again when one is closed', async () => {
    const open = await Promise.all(Array.from({ length: MAX_REQUESTS_PER_RUN }, () => tunnel(`host.test:${port}`)));
    expect(open.every(({ status }) => status === 200)).toBe(true);
    expect(await refusal(`host.test:${port}`)).toMatch(/^429/);
    open[0]!.socket.destroy();
    await until('there is room', async () => {
      const { status, socket } = await tunnel(`host.test:${port}`);
      socket.destroy();
      return status === 200;
    });
    for (const { socket } of open) socket.destroy();
  });

  test('is closed when the gateway stops', async () => {
    const { socket } = await tunnel(`host.test:${port}`);
    const closed = new Promise((done) => socket.once('close', done));
    await under.stopGateway();
    await closed;
  });

  test('whose host goes away is closed; one whose client goes away is closed at the host', async () => {
    const ends: Socket[] = [];
    echo.on('connection', (socket) => ends.push(socket));
    const first = await tunnel(`host.test:${port}`);
    ends[0]!.destroy();
    await new Promise((done) => first.socket.once('close', done).resume());
    const second = await tunnel(`host.test:${port}`);
    second.socket.destroy();
    await new Promise((done) => ends[1]!.once('close', done));
  });
});

test('a run that asks for too many hosts is told to wait, and washes nothing out of the record', async () => {
  under.refuse(() => 'no');
  const answers = new Set<string>();
  for (let wish = 0; wish < WISHES_AT_ONCE + 10; wish++) answers.add((await refusal('host.test:443')).slice(0, 3));
  expect([...answers]).toEqual(['403', '429']);
  expect(under.reports).toHaveLength(WISHES_AT_ONCE);

  const other = under.tokens.issue({ groupFolder: 'friends', runId: 'run-2' });
  expect(await refusal('host.test:443', basic(other))).toMatch(/^403/);
}, 60_000);

describe('what is not of the internet', () => {
  test('cannot be reached by its address or a name, with the rules of the product', async () => {
    await under.restart({});
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '10.0.0.1', '127.1', '0x7f000001', '0']) {
      expect(await refusal(`${host}:${port}`), host).toMatch(
        /^(403 .* is not on the public internet|502 there is no host)/,
      );
    }
  });

  test('cannot be reached by a name that leads there, alone or among others', async () => {
    answers = [['192.168.1.1', '::1']];
    expect(await refusal(`host.test:${port}`)).toBe('403 host.test is not on the public internet');
    answers = [['192.168.1.1', '127.0.0.1']];
    const { status, socket } = await tunnel(`host.test:${port}`);
    expect(status).toBe(200);
    socket.destroy();
    await until('it is told', () => under.reports.length === 2);
    expect(under.reports[1]).toMatchObject({ outcome: { address: '127.0.0.1' } });
  });

  test('cannot be reached by a name that changes between the look and the connection', async () => {
    // Whoever asked a second time would be led to the other address.
    answers = [['127.0.0.1'], ['192.168.1.1']];
    const { status, socket } = await tunnel(`host.test:${port}`);
    expect(status).toBe(200);
    socket.destroy();
    expect(answers).toHaveLength(1);
  });
});

describe('a request for http://', () => {
  async function ask(url: string, headers: Record<string, string> = {}) {
    return new Promise<{ status: number; body: string; headers: unknown }>((done, reject) => {
      const all = { 'proxy-authorization': basic(under.token), ...headers };
      const asked = httpRequest({ socketPath: under.socketPath, path: url, headers: all, agent: false }, (response) => {
        void text(response).then(
          (body) => done({ status: response.statusCode ?? 0, body, headers: response.headers }),
          reject,
        );
      });
      asked.on('error', reject).end();
    });
  }

  test('is passed on with what belongs to it, and nothing of the way', async () => {
    const site = createHttpServer((request, response) => {
      response.setHeader('set-cookie', 'a=b');
      response.end(JSON.stringify({ url: request.url, headers: request.headers }));
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    const { port: sitePort } = site.address() as AddressInfo;

    const url = `http://host.test:${sitePort}/a?b`;
    const answer = await ask(url, { host: `host.test:${sitePort}`, cookie: 'c=d', authorization: 'Bearer mine' });
    site.close();

    expect(answer).toMatchObject({ status: 200, headers: { 'set-cookie': ['a=b'] } });
    const seen = JSON.parse(answer.body);
    expect(seen).toMatchObject({ url: '/a?b', headers: { cookie: 'c=d', authorization: 'Bearer mine' } });
    expect(JSON.stringify(seen)).not.toContain(under.token);
    await until('it is told', () => under.reports.length === 1);
    expect(under.reports[0]).toMatchObject({ method: 'GET', host: 'host.test', outcome: { address: '127.0.0.1' } });
  });

  test.each([
    ['http://127.0.0.2/', 403],
    ['http://nowhere.example/', 502],
    ['ftp://host.test/', 400],
    ['https://host.test/', 400],
  ])('%s: %i', async (url, status) => {
    const answer = await ask(url);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/^gateway: /);
  });

  /** A host that answers every connection with these bytes, and keeps what it was sent. */
  async function aRawHost(answer: string): Promise<{ url: string; heard: () => string; close: () => void }> {
    let heard = '';
    const host = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (chunk) => {
          heard += chunk.toString('latin1');
          socket.end(answer);
        });
    });
    await new Promise<void>((done) => host.listen(0, '127.0.0.1', done));
    const url = `http://host.test:${(host.address() as AddressInfo).port}/`;
    return { url, heard: () => heard, close: () => host.close() };
  }

  test.each([
    'HTTP/1.1 099 x\r\n\r\n',
    'HTTP/1.1 000 x\r\n\r\n',
    'HTTP/1.1 999 x\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'HTTP/1.1 200 \u0001\r\nx: \u0002\r\n\r\n',
    'HTTP/1.1 200 OK\r\nx: \u00ff\u00fe\r\nconnection: x\r\ncontent-length: 5\r\n\r\nab',
    'rubbish',
    '',
  ])('that is answered with %j does no harm', async (bytes) => {
    const host = await aRawHost(bytes);
    const answer = await ask(host.url).catch((error: Error) => ({ status: error.message }));
    host.close();
    expect(answer.status).toBeDefined();
    expect((await ask('ftp://host.test/')).status).toBe(400);
  });

  test('whose client goes away while its host is dialled leaves no connection behind', async () => {
    const ends: Socket[] = [];
    echo.on('connection', (socket) => ends.push(socket));
    const asked = httpRequest({
      socketPath: under.socketPath,
      path: `http://host.test:${port}/`,
      headers: { 'proxy-authorization': basic(under.token) },
      agent: false,
    });
    asked.on('error', () => undefined).end();
    await until('it is on its way', () => asked.socket?.connecting === false);
    asked.destroy();
    await until('it is told', () => under.reports.length === 1);
    await until('the host is left alone', () => ends.every((socket) => socket.destroyed));
  });

  test('names the host that was judged, and carries no second request in the body of one that has none', async () => {
    const host = await aRawHost('HTTP/1.1 204 No Content\r\n\r\n');
    const { port: hostPort } = new URL(host.url);
    const head = `GET ${host.url} HTTP/1.1\r\nhost: evil.example\r\nproxy-authorization: ${basic(under.token)}\r\n`;
    await under.exchange(`${head}\r\nGET http://host.test:${hostPort}/second HTTP/1.1\r\nhost: x\r\n\r\n`);
    await until('it has arrived', () => host.heard() !== '');
    host.close();

    expect(host.heard()).toContain(`host: host.test:${hostPort}\r\n`);
    expect(host.heard()).not.toMatch(/evil|second/);
  });

  test('is passed on with its body in a frame', async () => {
    const host = await aRawHost('HTTP/1.1 204 No Content\r\n\r\n');
    const head = `DELETE ${host.url} HTTP/1.1\r\nhost: x\r\nproxy-authorization: ${basic(under.token)}\r\n`;
    await under.exchange(`${head}transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`);
    await until('the body has arrived', () => host.heard().includes('body'));
    host.close();

    expect(host.heard()).toMatch(/transfer-encoding: chunked\r\n[\s\S]*\r\n4\r\nbody\r\n/i);
  });

  test('without a token is refused', async () => {
    expect((await ask(`http://host.test:${port}/`, { 'proxy-authorization': '' })).status).toBe(407);
  });
});

test('random first lines of a request end in an answer or a closed connection, and the gateway lives on', async () => {
  const lines = [
    'CONNECT  HTTP/1.1',
    'CONNECT host.test HTTP/9',
    'CONNECT \u0000:1 HTTP/1.1',
    'GET http:// HTTP/1.1',
    'GET http://a:b@c HTTP/1.1',
  ];
  for (const line of lines) {
    await new Promise((done) => {
      const socket = connect(under.socketPath, () => socket.write(`${line}\r\nhost: x\r\n\r\n`));
      socket.on('error', done).on('close', done).resume();
    });
  }
  expect(await refusal('host.test:0')).toMatch(/^400/);
});
