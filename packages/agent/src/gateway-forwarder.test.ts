import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startForwarder } from './gateway-forwarder.ts';

let directory: string;
let upstream: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nanoclaw-forwarder-'));
});

afterEach(async () => {
  upstream?.close();
  upstream = undefined;
  await rm(directory, { recursive: true });
});

async function arrange(onConnection: (socket: Socket) => void): Promise<Socket> {
  const path = join(directory, 'gateway.sock');
  upstream = createServer({ allowHalfOpen: true }, onConnection);
  await new Promise<void>((resolve) => upstream?.listen(path, resolve));
  const { port } = await startForwarder(path);
  return connect({ host: '127.0.0.1', port, allowHalfOpen: true });
}

const nextChunk = (socket: Socket) =>
  new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));

test('bytes pass at once, not when the answer is complete', async () => {
  let server: Socket | undefined;
  const client = await arrange((socket) => {
    server = socket;
    socket.write('one');
  });

  expect(await nextChunk(client)).toBe('one');
  server?.write('two');
  expect(await nextChunk(client)).toBe('two');
  client.destroy();
});

test('a client that has said everything still gets its answer', async () => {
  const client = await arrange((socket) => {
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('end', () => socket.end(`you said ${heard}`));
  });

  client.end('hello');

  expect(await nextChunk(client)).toBe('you said hello');
});

test('an upstream that breaks off ends the client', async () => {
  const client = await arrange((socket) => socket.once('data', () => socket.destroy()));
  const closed = new Promise((resolve) => client.on('close', resolve).on('end', () => client.end()));

  client.write('hello');

  await closed;
});

test('without a gateway the connection is closed and the forwarder lives on', async () => {
  const { port } = await startForwarder(join(directory, 'nobody.sock'));

  for (let attempt = 0; attempt < 2; attempt++) {
    const client = connect({ host: '127.0.0.1', port });
    await new Promise((resolve) => client.on('error', () => {}).on('close', resolve));
    expect(client.bytesRead).toBe(0);
  }
});

test('a megabyte each way arrives whole', async () => {
  const client = await arrange((socket) => socket.pipe(socket));
  let received = 0;
  client.on('data', (chunk) => {
    received += chunk.length;
  });

  client.end(Buffer.alloc(1_000_000, 1));
  await new Promise((resolve) => client.on('end', resolve));

  expect(received).toBe(1_000_000);
});
