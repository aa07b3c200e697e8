import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aWhatsApp, readKeys, type WhatsAppUnderTest } from './whatsapp-under-test.ts';

let whatsapp: WhatsAppUnderTest;
beforeEach(async () => {
  whatsapp = await aWhatsApp();
});
afterEach(() => whatsapp.stop());

test('nobody is asked for a phone before the owner wants it; then the phone reads a QR code, once for all starts', async () => {
  const { server, channel } = whatsapp;
  await whatsapp.connect();
  await until('it says so', () => channel().condition().phase === 'down');
  expect(channel().condition()).toMatchObject({ reason: expect.stringContaining('nanoclaw link whatsapp') });
  expect(channel().linking()).toEqual({ phase: 'not-linked' });

  await whatsapp.scan();
  expect(channel().linking()).toEqual({ phase: 'linked', number: server.number });
  expect(server.isLinked()).toBe(true);

  await whatsapp.connect();
  await whatsapp.connected();
  server.write(whatsapp.ann, 'hello again');
  await whatsapp.arrived('hello again');
  expect(server.problems()).toEqual([]);
});

test('where no camera is at hand the owner types a code into the phone', async () => {
  const { server, channel } = whatsapp;
  await whatsapp.connect();
  channel().link({ phoneNumber: server.number });
  const code = await until('there is a code', () => {
    const linking = channel().linking();
    return linking.phase === 'code' && linking.code;
  });
  expect(code).toMatch(/^[A-Z0-9]{8}$/);

  await server.typeCode(code);
  await whatsapp.connected();
  server.write(whatsapp.ann, 'hello');
  await whatsapp.arrived('hello');
});

test('a device that the phone removes forgets its keys, says what to do, and can be linked anew', async () => {
  const { server, channel } = whatsapp;
  await whatsapp.connect();
  await whatsapp.scan();
  server.unlink();
  await until('it says so', () => channel().condition().phase === 'down');

  expect(channel().condition()).toMatchObject({ reason: expect.stringContaining('link it anew') });
  await until('the keys are gone', () => readKeys(whatsapp.authDatabase).length === 0);
  await whatsapp.scan();
  server.write(whatsapp.ann, 'there you are');
  await whatsapp.arrived('there you are');
});

test('the device that v1 has left in its folder goes on without being linked again', async () => {
  const { server } = whatsapp;
  await whatsapp.connect();
  await whatsapp.scan();
  server.write(whatsapp.ann, 'to the old one');
  await whatsapp.arrived('to the old one');
  await whatsapp.channel().stop();
  const files = v1Files(whatsapp.authDatabase);
  rmSync(whatsapp.authDirectory, { recursive: true });
  mkdirSync(whatsapp.authDirectory);
  for (const [name, text] of files) writeFileSync(join(whatsapp.authDirectory, name), text);
  expect(files.length).toBeGreaterThan(800);

  await whatsapp.connect();
  await whatsapp.connected();
  server.write(whatsapp.ann, 'to the new one');
  await whatsapp.arrived('to the new one');
  expect(readdirSync(whatsapp.authDirectory)).toContain('creds.json.migrated');
});

/** What is in the database, in the files that v1's library made. */
function v1Files(file: string): [string, string][] {
  return readKeys(file).map(({ kind, id, value }) => {
    const name = kind === 'creds' ? 'creds.json' : `${kind}-${id}.json`;
    return [name.replaceAll('/', '__').replaceAll(':', '-'), value];
  });
}
