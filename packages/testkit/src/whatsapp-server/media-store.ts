import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { encryptedStream, type MediaType } from '@whiskeysockets/baileys';
import { SERVICE_CERTIFICATE } from '../service-certificate.ts';

/** Encrypted files, by their path: uploaded over https as the library insists, downloaded over http beside the socket. */
export async function createMediaStore() {
  const files = new Map<string, Buffer>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST') {
      const path = `/v/${randomUUID()}`;
      files.set(path, await buffer(request));
      return void response.end(JSON.stringify({ url: `https://localhost${path}`, direct_path: path }));
    }
    const content = files.get(pathname);
    response.writeHead(content === undefined ? 404 : 200);
    response.end(content);
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch(() => response.destroy());
  };
  const plain = createServer(listener);
  const secure = createSecureServer(SERVICE_CERTIFICATE, listener);
  for (const server of [plain, secure]) {
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const portOf = (server: typeof plain): number => (server.address() as AddressInfo).port;

  return {
    /** Also the server of the web socket. */
    plain,
    port: portOf(plain),
    uploadHost: `127.0.0.1:${portOf(secure)}`,
    files,
    /** Puts a file there as a sender's phone does; gives what the message says of it. */
    async put(content: Buffer, type: MediaType) {
      const made = await encryptedStream(content, type);
      const directPath = `/v/${randomUUID()}`;
      files.set(directPath, await readFile(made.encFilePath));
      await rm(made.encFilePath, { force: true });
      const { mediaKey, fileSha256, fileEncSha256, fileLength } = made;
      // The address is the sender's word; who is careful does not go there.
      const url = 'http://127.0.0.1:9/elsewhere';
      return { url, directPath, mediaKey, fileSha256, fileEncSha256, fileLength };
    },
    async close() {
      for (const server of [plain, secure]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
