import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Environment, loadConfig } from './config.ts';
import { SECRET_VARIABLES, VARIABLES } from './variables.ts';

const home = mkdtempSync(join(tmpdir(), 'nanoclaw-config-'));
const load = (environment: Environment) => loadConfig(environment, home);
const mistakesOf = (environment: Environment): string[] => {
  try {
    load(environment);
  } catch (error) {
    expect(error).toMatchObject({ code: 'config-invalid' });
    return (error as Error).message.split('\n  ').slice(1);
  }
  return [];
};

/** A channel that is set by halves is a mistake of its own. */
const MAIL = {
  GMAIL_ADDRESS: 'andy@mail.test',
  GMAIL_APP_PASSWORD: 'abcd efgh ijkl mnop',
  GMAIL_ALLOWED_SENDERS: 'ann@x.test',
};

/** Every variable: values that are taken with what they mean, and values that are refused. */
const TABLE: Record<string, { good: Record<string, unknown>; bad: string[]; beside?: Record<string, string> }> = {
  NANOCLAW_HOME: { good: { [home]: home }, bad: [] },
  NANOCLAW_CONFIG_HOME: { good: { '/etc/nanoclaw': '/etc/nanoclaw' }, bad: [join(home, 'groups', 'main')] },
  ASSISTANT_HAS_OWN_NUMBER: { good: { true: true, false: false }, bad: ['yes', '1'] },
  ASSISTANT_NAME: {
    good: { Andy: 'Andy', 'Doña Inés-2': 'Doña Inés-2' },
    bad: ['a\nb', ' x', 'x ', 'x'.repeat(65), 'a\u0007'],
  },
  TZ: {
    good: { 'Europe/Berlin': 'Europe/Berlin', UTC: 'UTC' },
    bad: ['Mars/Base', ':/etc/localtime', 'Europe/Berlin '],
  },
  LOG_LEVEL: { good: { trace: 'trace', fatal: 'fatal' }, bad: ['INFO', 'verbose'] },
  SANDBOX: {
    good: { auto: 'auto', docker: 'docker', podman: 'podman', bubblewrap: 'bubblewrap' },
    bad: ['none', 'Docker'],
  },
  CONTAINER_IMAGE: {
    good: { 'nanoclaw-agent:latest': 'nanoclaw-agent:latest', 'r.example/a/b@sha256:0a': 'r.example/a/b@sha256:0a' },
    bad: ['--privileged', 'Upper', 'a b'],
  },
  CONTAINER_TIMEOUT: {
    good: { 1000: 1_000, 86400000: 86_400_000 },
    bad: ['999', '86400001', '30m', '-1', '1e6', '1.5', '٣٠٠٠'],
  },
  IDLE_TIMEOUT: { good: { 100: 100 }, bad: ['99', 'never', '99999999999999999999'] },
  TRANSCRIBE_COMMAND: { good: { '/usr/bin/whisper -l de': '/usr/bin/whisper -l de' }, bad: ['a\nb'] },
  APPROVAL_TIMEOUT: { good: { 0: 0, 86400000: 86_400_000 }, bad: ['-1', '86400001', '1h'] },
  REMOTE_CONTROL_COMMAND: { good: { '/usr/bin/claude': '/usr/bin/claude' }, bad: ['a b', 'a\nb'] },
  REMOTE_CONTROL_ENDS_WITH_HOST: { good: { true: 'true' }, bad: ['yes', '1'] },
  APPROVAL_WAIT: { good: { 0: 0, 600000: 600_000 }, bad: ['-1', '600001', '1m'] },
  STILL_WORKING_AFTER: { good: { 0: 0, 86400000: 86_400_000 }, bad: ['-1', '86400001', '5m'] },
  MAX_CONCURRENT_CONTAINERS: { good: { 1: 1, 1000: 1_000 }, bad: ['0', '1001', 'many'] },
  CONTAINER_MEMORY: {
    good: { '64m': 2 ** 26, '2g': 2 ** 31, '1.5G': 1.5 * 2 ** 30, '512MB': 2 ** 29, '134217728': 2 ** 27 },
    bad: ['63m', '2x', 'g', '-2g', '1.2.3g', '2 g'],
  },
  CONTAINER_CPUS: { good: { '0.5': 0.5, 2: 2 }, bad: ['0', '0.05', '1025', 'all', '.5'] },
  CONTAINER_PIDS: { good: { 64: 64 }, bad: ['63', '100001'] },
  CONTAINER_MAX_OUTPUT_SIZE: { good: { 1024: 1_024 }, bad: ['1023', '1073741825'] },
  MAX_MESSAGES_PER_PROMPT: { good: { 1: 1 }, bad: ['0', '10001'] },
  ANTHROPIC_API_KEY: { good: { 'sk-ant-12': 'sk-ant-12' }, bad: ['short', 'with a space', 'line\nbreak', 'schlüssel'] },
  CLAUDE_CODE_OAUTH_TOKEN: { good: { 'token-123': 'token-123' }, bad: ['short', 'with a space'] },
  ANTHROPIC_AUTH_TOKEN: { good: { 'token-123': 'token-123' }, bad: ['short', 'with a space'] },
  ANTHROPIC_BASE_URL: {
    good: { 'https://proxy.example/v1': 'https://proxy.example/v1', 'http://127.0.0.1:8': 'http://127.0.0.1:8' },
    bad: ['proxy.example', 'ftp://x', 'file:///etc/passwd'],
  },
  ONECLI_URL: { good: { 'http://127.0.0.1:10254': 'http://127.0.0.1:10254' }, bad: ['onecli', 'ftp://x'] },
  ONECLI_API_KEY: {
    good: { oc_12345: 'oc_12345' },
    bad: ['short', 'with a space'],
    beside: { ONECLI_URL: 'http://x' },
  },
  MODEL: { good: { 'claude-opus-4-5': 'claude-opus-4-5' }, bad: ['a\nb', 'x'.repeat(65)] },
  BACKUP_EVERY_HOURS: { good: { 0: 0, 8760: 8_760 }, bad: ['8761', '-1', '1.5', 'daily'] },
  RETENTION_DAYS: { good: { 0: 0, 36500: 36_500 }, bad: ['-1', '36501', 'forever'] },
  BACKUP_KEEP: { good: { 1: 1, 1000: 1_000 }, bad: ['0', '1001', 'all'] },
  DAILY_BUDGET_USD: { good: { 5: 5, '2.50': 2.5, 0: 0 }, bad: ['-1', '5$', '1.234', 'much', '10000000'] },
  WEB_PORT: { good: { 0: 0, 65535: 65_535 }, bad: ['65536', '-1', 'http', '8080 '] },
  TELEGRAM_BOT_TOKEN: { good: { '123:abc-DEF': '123:abc-DEF' }, bad: ['short', 'with a space'] },
  SLACK_BOT_TOKEN: {
    good: { 'xoxb-1-abcdef': 'xoxb-1-abcdef' },
    bad: ['short', 'with a space'],
    beside: { SLACK_APP_TOKEN: 'xapp-1-abcdef' },
  },
  SLACK_APP_TOKEN: {
    good: { 'xapp-1-abcdef': 'xapp-1-abcdef' },
    bad: ['short', 'with a space'],
    beside: { SLACK_BOT_TOKEN: 'xoxb-1-abcdef' },
  },
  SLACK_API_URL: { good: { 'http://127.0.0.1:8/api/': 'http://127.0.0.1:8/api/' }, bad: ['ftp://x', 'slack'] },
  DISCORD_BOT_TOKEN: { good: { 'MTIz.abc.def': 'MTIz.abc.def' }, bad: ['short', 'with a space'] },
  DISCORD_API_URL: { good: { 'http://127.0.0.1:8/api': 'http://127.0.0.1:8/api' }, bad: ['ftp://x', 'discord'] },
  TELEGRAM_BOT_POOL: {
    good: { '123:abc-DEF': '123:abc-DEF', '123:abc-DEF, 456:abc-DEF': '123:abc-DEF, 456:abc-DEF' },
    bad: ['short', 'with a space', '123:abc-DEF,', '123:abc-DEF,short'],
  },
  ANSWER_STRANGERS: { good: { yes: 'yes', no: 'no' }, bad: ['true', 'maybe'] },
  WHATSAPP_ENABLED: { good: { true: true, false: false }, bad: ['on', 'TRUE'] },
  WHATSAPP_WS_URL: {
    good: { 'ws://127.0.0.1:80/x': 'ws://127.0.0.1:80/x', 'wss://example.org/x': 'wss://example.org/x' },
    bad: ['ws://example.org/x', 'https://example.org', 'whatsapp'],
  },
  GMAIL_ADDRESS: { good: { 'andy@mail.test': 'andy@mail.test' }, bad: ['andy', 'a b@x', 'Andy <a@b.c>'], beside: MAIL },
  GMAIL_APP_PASSWORD: {
    good: { 'abcd efgh ijkl mnop': 'abcd efgh ijkl mnop' },
    bad: ['short', 'líne break'],
    beside: MAIL,
  },
  GMAIL_ALLOWED_SENDERS: {
    good: { 'ann@x.test, @firm.test': 'ann@x.test, @firm.test' },
    bad: ['*', 'ann', 'ann@x.test, everybody', '@'],
    beside: MAIL,
  },
  GMAIL_THREADS: { good: { main: 'main', own: 'own' }, bad: ['all'], beside: MAIL },
  GMAIL_MAILBOX: { good: { 'Assistant/Inbox': 'Assistant/Inbox' }, bad: ['a\nb'], beside: MAIL },
  GMAIL_OAUTH_CLIENT_ID: { good: { 'x.apps.test': 'x.apps.test' }, bad: ['short'], beside: MAIL },
  GMAIL_OAUTH_CLIENT_SECRET: { good: { 'GOCSPX-1234': 'GOCSPX-1234' }, bad: ['a b c d e'], beside: MAIL },
  GMAIL_OAUTH_REFRESH_TOKEN: { good: { '1//0123456': '1//0123456' }, bad: ['short'], beside: MAIL },
  GMAIL_OAUTH_TOKEN_URL: {
    good: { 'https://login.test/token': 'https://login.test/token' },
    bad: ['http://login.test/token', 'login.test'],
    beside: MAIL,
  },
  GMAIL_IMAP_URL: {
    good: { 'imaps://mail.test:993': 'imaps://mail.test:993', 'imap://[::1]:143': 'imap://[::1]:143' },
    bad: ['https://mail.test', 'imaps://a:b@mail.test', 'smtps://mail.test'],
    beside: { ...MAIL, GMAIL_CHECKED_BY: 'none' },
  },
  GMAIL_SMTP_URL: { good: { 'smtp://mail.test': 'smtp://mail.test' }, bad: ['mail.test', 'imap://x'], beside: MAIL },
  GMAIL_CHECKED_BY: { good: { none: 'none', 'mx.mail.test': 'mx.mail.test' }, bad: ['a b', '"x"'], beside: MAIL },
  TELEGRAM_API_ROOT: { good: { 'http://127.0.0.1:8081': 'http://127.0.0.1:8081' }, bad: ['ftp://x', 'telegram'] },
};

describe('the variables', () => {
  test('are all in the table of this test', () => {
    expect(Object.keys(TABLE).sort()).toEqual(Object.keys(VARIABLES.shape).sort());
  });

  const good = Object.entries(TABLE).flatMap(([name, row]) =>
    Object.entries(row.good).map((pair) => [name, ...pair] as const),
  );
  test.each(good)('%s may be %s', (name, text, value) => {
    expect(load({ ...TABLE[name]?.beside, [name]: text }).variables).toMatchObject({ [name]: value });
  });

  const bad = Object.entries(TABLE).flatMap(([name, row]) => row.bad.map((text) => [name, text] as const));
  test.each(bad)('%s may not be %j, and the mistake says what is allowed', (name, text) => {
    const mistakes = mistakesOf({ ...TABLE[name]?.beside, [name]: text });

    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${name} is .+, but must be .+`, 's'));
    const isSecret = (SECRET_VARIABLES as readonly string[]).includes(name);
    expect(mistakes[0]!.includes(isSecret ? text : JSON.stringify(text))).toBe(!isSecret);
  });

  test('name one source of credentials and not two', () => {
    expect(load({ ONECLI_URL: 'http://x' }).credential).toEqual({
      scheme: 'onecli',
      url: 'http://x',
      apiKey: undefined,
    });
    for (const name of ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN']) {
      expect(mistakesOf({ ONECLI_URL: 'http://x', [name]: 'a-secret-key' })).toEqual([
        `${name} is set, but ONECLI_URL is too: remove one of them`,
      ]);
    }
    expect(mistakesOf({ ONECLI_API_KEY: 'oc_12345' })).toEqual([expect.stringContaining('ONECLI_URL is not')]);
  });

  test('name both tokens of Slack or none', () => {
    for (const name of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN']) {
      expect(mistakesOf({ [name]: 'a-secret-token' })).toEqual([expect.stringContaining('needs both')]);
    }
  });

  test('have defaults, and an empty value is the default', () => {
    const { variables } = load({ LOG_LEVEL: '', SANDBOX: '' });

    expect(variables).toMatchObject({ ASSISTANT_NAME: 'Andy', LOG_LEVEL: 'info', SANDBOX: 'auto' });
    expect(variables).toMatchObject({ CONTAINER_MEMORY: 2 ** 31, MAX_MESSAGES_PER_PROMPT: 50 });
    expect(new Date(0).toLocaleString('en', { timeZone: load({}).timezone })).toBe(new Date(0).toLocaleString('en'));
  });
});

describe('mistakes', () => {
  test('are reported all at once', () => {
    expect(() => load({ LOG_LEVEL: 'x', WEB_PORT: 'y', TZ: 'z' })).toThrow('the configuration has 3 mistakes:');
    expect(() => load({ LOG_LEVEL: 'x' })).toThrow('the configuration has a mistake:');
  });
});

describe('the mailbox', () => {
  const oauth = {
    GMAIL_OAUTH_CLIENT_ID: 'client.apps.test',
    GMAIL_OAUTH_CLIENT_SECRET: 'GOCSPX-1234',
    GMAIL_OAUTH_REFRESH_TOKEN: '1//0123456',
  };
  const { GMAIL_APP_PASSWORD: password, ...withoutLogin } = MAIL;

  test('takes an app password, or all that OAuth needs', () => {
    expect(mistakesOf(MAIL)).toEqual([]);
    expect(mistakesOf({ ...withoutLogin, ...oauth })).toEqual([]);
  });

  test.each<[string, Record<string, string>]>([
    ['GMAIL_ADDRESS is not set', { GMAIL_APP_PASSWORD: password, GMAIL_ALLOWED_SENDERS: 'ann@x.test' }],
    ['GMAIL_ADDRESS has no login', withoutLogin],
    ['GMAIL_ADDRESS has no login', { ...withoutLogin, GMAIL_OAUTH_CLIENT_ID: oauth.GMAIL_OAUTH_CLIENT_ID }],
    ['GMAIL_ALLOWED_SENDERS is not set', { GMAIL_ADDRESS: 'andy@mail.test', GMAIL_APP_PASSWORD: password }],
    ['GMAIL_CHECKED_BY is not', { ...MAIL, GMAIL_IMAP_URL: 'imaps://mail.test' }],
  ])('is not set by halves: %s', (words, given) => {
    expect(mistakesOf(given)).toEqual([expect.stringContaining(words)]);
  });
});

describe('the credential', () => {
  const all = {
    ANTHROPIC_API_KEY: 'key-12345',
    CLAUDE_CODE_OAUTH_TOKEN: 'oauth-12345',
    ANTHROPIC_AUTH_TOKEN: 'auth-12345',
  };

  test('is the key, else the subscription, else the bearer token, else none', () => {
    const { ANTHROPIC_API_KEY: _key, ...withoutKey } = all;
    const { CLAUDE_CODE_OAUTH_TOKEN: _oauth, ...bearerOnly } = withoutKey;

    expect(load(all).credential).toMatchObject({ scheme: 'api-key', secret: 'key-12345' });
    expect(load(withoutKey).credential).toMatchObject({ scheme: 'oauth', secret: 'oauth-12345' });
    expect(load(bearerOnly).credential).toMatchObject({ scheme: 'auth-token', secret: 'auth-12345' });
    expect(load({}).credential).toEqual({ scheme: 'none' });
  });
});

describe('the .env file of the home', () => {
  const configOf = (text: string, environment: Environment = {}) => {
    const other = mkdtempSync(join(tmpdir(), 'nanoclaw-config-'));
    writeFileSync(join(other, '.env'), text);
    return loadConfig({ NANOCLAW_HOME: other, ...environment }, home);
  };
  const withFile = (text: string, environment: Environment = {}) => configOf(text, environment).variables;

  test('sets variables, and the environment wins', () => {
    expect(withFile('ASSISTANT_NAME=Bea\nMODEL=x')).toMatchObject({ ASSISTANT_NAME: 'Bea', MODEL: 'x' });
    expect(withFile('ASSISTANT_NAME=Bea', { ASSISTANT_NAME: 'Cy' })).toMatchObject({ ASSISTANT_NAME: 'Cy' });
    expect(withFile('ASSISTANT_NAME=Bea', { ASSISTANT_NAME: '' })).toMatchObject({ ASSISTANT_NAME: 'Bea' });
  });

  test('of v1 may name what only v1 read: each is told, and none is in the way', () => {
    const names = [
      'CREDENTIAL_PROXY_PORT',
      'CREDENTIAL_PROXY_HOST',
      'OLLAMA_HOST',
      'OLLAMA_ADMIN_TOOLS',
      'OPENAI_API_KEY',
      'PARALLEL_API_KEY',
      'EMACS_CHANNEL_PORT',
      'EMACS_AUTH_TOKEN',
    ];

    const config = configOf(`ASSISTANT_NAME="Bea"\n${names.map((name) => `${name}=x`).join('\n')}\n`);

    expect(config.variables.ASSISTANT_NAME).toBe('Bea');
    expect(config.notices).toEqual(
      names.map((name, index) => `.env line ${index + 2} sets ${name}, which nothing here reads`),
    );
  });

  test('is checked like the environment', () => {
    expect(() => withFile('LOG_LEVEL=loud\nSLACK_API_URL=x')).toThrow('2 mistakes');
  });

  test('does not reach the environment of the process', () => {
    withFile('ANTHROPIC_API_KEY=from-the-file');

    expect(process.env['ANTHROPIC_API_KEY'] ?? '').not.toBe('from-the-file');
  });
});

test('.env.example explains every variable, and its lines can be used as they are', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../.env.example'), 'utf8');
  const settings = [...text.matchAll(/^#([A-Z_]+)=(.*)$/gm)].map((match) => [match[1]!, match[2]!] as const);
  const defaults = load({}).variables as Record<string, unknown>;

  expect(settings.map(([name]) => name).sort()).toEqual(Object.keys(VARIABLES.shape).sort());
  for (const [name, value] of settings) {
    const used = load({ [name]: value }).variables as Record<string, unknown>;
    expect([name, used[name]]).toEqual([name, defaults[name]]);
  }
  expect(text).not.toMatch(/^[^#\n]/m);
});
