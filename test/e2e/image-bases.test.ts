import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { buildProduct, engines } from './engines.ts';
import { aHost, type HostUnderTest } from './host-under-test.ts';

const engine = (await engines()).find(({ sandbox }) => sandbox === 'docker')!;
const IMAGE = 'nanoclaw-agent:e2e-bases';
const REGISTRY_BASE = 'node:22-slim';

const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();

describe.skipIf(engine.unavailable !== undefined)('the image', () => {
  let under: HostUnderTest | undefined;
  afterEach(async () => {
    await under?.end();
    under = undefined;
  });

  async function converse(): Promise<string> {
    under = await aHost({ engine, credential: {}, settings: { CONTAINER_IMAGE: IMAGE } });
    await under.ask('my name is Ann');
    return `${await under.ask('run `node --version`')} ${await under.ask('what is my name?')}`;
  }

  test('made without a registry holds a conversation', async () => {
    expect(await buildProduct(IMAGE, 'debian')).toMatch(/^nanoclaw-base:/);

    expect(await converse()).toMatch(/v22\..*Ann/s);
  });

  test('made from the base of a registry holds the same conversation', async () => {
    // Where no registry can be reached, an image of that name made from Debian packages stands in for it.
    const isThere = docker('image', 'ls', '--quiet', REGISTRY_BASE) !== '';
    const standIn = docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', 'nanoclaw-base').split('\n')[0]!;
    if (!isThere) docker('tag', standIn, REGISTRY_BASE);

    expect(await buildProduct(IMAGE, 'registry')).toBe(REGISTRY_BASE);

    expect(await converse()).toMatch(/v22\..*Ann/s);
    if (!isThere) docker('image', 'rm', REGISTRY_BASE);
  });
});
