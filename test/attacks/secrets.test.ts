import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aHost, type HostUnderTest } from '../e2e/host-under-test.ts';
import { attackedEngines } from './scene.ts';

const ALL = await attackedEngines();

/** Each way to pay, with the header by which the real service expects it. */
const CREDENTIALS = [
  { variable: 'ANTHROPIC_API_KEY', header: 'x-api-key', shown: (secret: string) => secret },
  { variable: 'CLAUDE_CODE_OAUTH_TOKEN', header: 'authorization', shown: (secret: string) => `Bearer ${secret}` },
  { variable: 'ANTHROPIC_AUTH_TOKEN', header: 'authorization', shown: (secret: string) => `Bearer ${secret}` },
];

/** Greps everything an agent can read: environment, every process, every file; prints the names of what matched. */
const SEARCH = [
  'grep -rlsF "$NEEDLE" /workspace /home /tmp /app/runner.mjs /etc /run /var /dev/shm 2>/dev/null',
  'for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/mountinfo; do grep -lsF "$NEEDLE" "$f"; done',
  'env | grep -F "$NEEDLE"',
].join('; ');

describe.each(ALL)('secrets and $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined).each(CREDENTIALS)('with $variable', (credential) => {
    // Main sees the source, and with it these tests: what stood here would be found.
    const secret = `sk-ant-oat01-${randomBytes(14).toString('hex')}`;
    let under: HostUnderTest;
    beforeAll(() => engine.prepare?.());
    afterEach(() => under.end());

    test('the model service sees the real credential and the sandbox holds nothing of it', async () => {
      under = await aHost({ engine, credential: {} });
      await under.restart({ [credential.variable]: secret, ANTHROPIC_BASE_URL: under.model.url });
      // The needle is put together inside, so that the search does not find its own command line.
      const half = secret.length / 2;
      const needle = `NEEDLE="${secret.slice(0, half)}""${secret.slice(half)}"`;
      const marker = 'planted""-needle';

      const positive = await under.ask(`run \`echo planted-needle > /tmp/x; NEEDLE="${marker}"; ${SEARCH}; echo end\``);
      const found = await under.ask(`run \`${needle}; ${SEARCH}; echo end\``);

      expect(positive).toContain('/tmp/x');
      expect(found.split('\n')[0]).toBe('end');
      const { requests } = under.model.model;
      expect(requests.length).toBeGreaterThan(2);
      for (const request of requests) expect(request.headers[credential.header]).toBe(credential.shown(secret));
    });

    test('the credential stands in no log and in no command line of the host', async () => {
      under = await aHost({ engine, credential: {} });
      await under.restart({ [credential.variable]: secret, ANTHROPIC_BASE_URL: under.model.url });
      await under.ask('hello');

      const count = (needle: string): number => grepCount(needle, `${under.home}/data/logs`);

      expect(count('host.ready')).toBeGreaterThan(0);
      expect(count(secret)).toBe(0);
      expect(execFileSync('ps', ['-eo', 'args', '-ww'], { encoding: 'utf8' })).not.toContain(secret);
    });
  });
});

function grepCount(needle: string, directory: string): number {
  try {
    return execFileSync('grep', ['-rlF', needle, directory], { encoding: 'utf8' }).trim().split('\n').length;
  } catch {
    // grep ends with 1 when it finds nothing.
    return 0;
  }
}
