import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OneCliServer, SERVICE_CERTIFICATE, startOneCliServer } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Group, planGroup } from '../groups/group.ts';
import { silentLog } from '../kernel/log.ts';
import type { GrantAccess } from './access-grant.ts';
import { agentIdentifier, createOneCliAccess } from './onecli-access.ts';

let server: OneCliServer;
let folder: string;
let groups: Group[];
let logged: string[];
beforeEach(async () => {
  server = await startOneCliServer((_, response) => void response.end());
  folder = mkdtempSync(join(tmpdir(), 'nanoclaw-onecli-'));
  groups = [aGroup('main', true), aGroup('Family_chat'), aGroup('work')];
  logged = [];
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const certificatesFile = (): string => join(folder, 'certificates.pem');
function access(changes: { url?: string; apiKey?: string } = {}): GrantAccess {
  const error = (event: string, facts?: object): void => void logged.push(`${event} ${JSON.stringify(facts)}`);
  const log = { ...silentLog, error };
  return createOneCliAccess({
    url: server.url,
    apiKey: server.apiKey,
    certificatesFile: certificatesFile(),
    groups: { list: () => groups },
    log,
    ...changes,
  });
}
function aGroup(name: string, isMain = false): Group {
  return planGroup({ jid: `local:${name}`, name, folder: name, isMain }, { trigger: '@Andy', addedAt: '' });
}
const find = (name: string): Group => groups.find((group) => group.folder === name) ?? aGroup(name);
const agentOf = (header = ''): string => Buffer.from(header.split(' ')[1] ?? '', 'base64').toString();

test('main is the default agent, another chat one of its own, made once', async () => {
  const grant = access();
  const [main, family, again] = [
    await grant(find('main')),
    await grant(find('Family_chat')),
    await grant(find('Family_chat')),
  ];

  expect(server.agents).toEqual(['family-chat']);
  expect(main).toMatchObject({
    scheme: 'api-key',
    certificates: certificatesFile(),
    proxy: { url: new URL(server.url) },
  });
  expect('proxy' in main && agentOf(main.proxy?.authorization)).toBe('x:aoc_default');
  for (const one of [family, again])
    expect('proxy' in one && agentOf(one.proxy?.authorization)).toBe('x:aoc_family-chat');
});

test('the certificates hold those of the public and the one of OneCLI, and nothing secret', async () => {
  await access()(find('main'));
  const text = readFileSync(certificatesFile(), 'utf8');

  expect(text).toContain(SERVICE_CERTIFICATE.cert.trim());
  expect(text.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(100);
  expect(text).not.toMatch(/PRIVATE|aoc_/);
});

test.each([
  ['is not there', async () => server.close(), 'credentials-down'],
  ['fails', async () => server.fail(503), 'credentials-down'],
  ['refuses the key, which has expired', async () => server.fail(401), 'credentials-refused'],
  ['knows no such agent', async () => server.fail(404), 'credentials-refused'],
] as const)('when OneCLI %s there is no access, and the log says why without a secret', async (_, happens, refused) => {
  const grant = access();
  await happens();

  expect(await grant(find('main'))).toEqual({ refused });
  expect(logged.join()).toContain('onecli.no-access');
  expect(logged.join()).not.toMatch(/aoc_|oc_the-key/);
});

test('the key of the environment is not taken in the place of one that is not configured', async () => {
  process.env['ONECLI_API_KEY'] = server.apiKey;
  try {
    expect(await access({ apiKey: '' })(find('main'))).toEqual({ refused: 'credentials-refused' });
  } finally {
    delete process.env['ONECLI_API_KEY'];
  }
});

test('two chats that would be one agent get none', async () => {
  groups.push(aGroup('family-CHAT'));
  const grant = access();

  expect(await grant(find('Family_chat'))).toEqual({ refused: 'credentials-down' });
  expect(logged.join()).toContain('would be one agent');
  expect(agentIdentifier('A_b'.repeat(30))).toHaveLength(50);
});
