import type { AgentInput, GatewayAccess } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { modelEnvironment } from './model-environment.ts';

const TOKEN = 'placeholder-of-this-run';
const CREDENTIALS = ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN'];

function anInput(more: Partial<AgentInput> = {}): AgentInput {
  return { prompt: 'hi', groupFolder: 'family', chatJid: 'local:family', isMain: false, ...more };
}

test.each<[GatewayAccess['scheme'], string]>([
  ['api-key', 'ANTHROPIC_API_KEY'],
  ['oauth', 'CLAUDE_CODE_OAUTH_TOKEN'],
  ['auth-token', 'ANTHROPIC_AUTH_TOKEN'],
])('with %s the placeholder stands in %s and nowhere else', (scheme, variable) => {
  const base = Object.fromEntries(CREDENTIALS.map((name) => [name, 'foreign']));

  const env = modelEnvironment({
    base,
    input: anInput({ gateway: { scheme, token: TOKEN } }),
    port: 4242,
    claudeHome: '/h',
  });

  expect(CREDENTIALS.filter((name) => name in env)).toEqual([variable]);
  expect(env[variable]).toBe(TOKEN);
  expect(env['ANTHROPIC_BASE_URL']).toBe('http://127.0.0.1:4242');
});

test('without a gateway the environment decides how the model is reached', () => {
  const base = { ANTHROPIC_API_KEY: 'given', ANTHROPIC_BASE_URL: 'http://elsewhere', PATH: '/bin' };

  const env = modelEnvironment({ base, input: anInput(), port: undefined, claudeHome: '/h' });

  expect(env).toMatchObject(base);
});

test("our own variables stay behind and the chat's time zone goes along", () => {
  const base = { NANOCLAW_WORKSPACE: '/somewhere', TZ: 'UTC' };

  const env = modelEnvironment({
    base,
    input: anInput({ timezone: 'Europe/Berlin' }),
    port: undefined,
    claudeHome: '/h',
  });

  expect(Object.keys(env).filter((name) => name.startsWith('NANOCLAW_'))).toEqual([]);
  expect(env).toMatchObject({ TZ: 'Europe/Berlin', CLAUDE_CONFIG_DIR: '/h', IS_SANDBOX: '1' });
});

test.each(['open', 'allowlist'] as const)(
  'with the policy %s programs find the proxy, and the model is asked past it',
  (egress) => {
    const gateway = { scheme: 'api-key', token: TOKEN, egress } as const;
    const env = modelEnvironment({ base: {}, input: anInput({ gateway }), port: 4242, claudeHome: '/h' });

    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) {
      expect(env[name]).toBe(`http://nanoclaw:${TOKEN}@127.0.0.1:4242`);
    }
    for (const name of ['NO_PROXY', 'no_proxy']) expect(env[name]).toContain('127.0.0.1');
  },
);

test('without a policy, or with none, there is no proxy', () => {
  for (const egress of [undefined, 'none'] as const) {
    const gateway = { scheme: 'api-key', token: TOKEN, ...(egress === undefined ? {} : { egress }) } as const;
    const env = modelEnvironment({ base: {}, input: anInput({ gateway }), port: 4242, claudeHome: '/h' });
    expect(Object.keys(env).filter((name) => /proxy/i.test(name))).toEqual([]);
  }
});
