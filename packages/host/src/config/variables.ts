import { z } from 'zod';
import { MAIL_VARIABLES, SECRET_MAIL_VARIABLES } from './mail-variables.ts';
import { isTimezone } from './timezone-files.ts';

/** A whole number written in decimal, within bounds. */
function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, `a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a whole number from ${min} to ${max}`);
}

const MEMORY_UNITS: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const MEMORY_RULE = 'a size such as 512m or 2g, at least 64m';

const memorySize = z
  .string()
  .regex(/^\d+(\.\d+)?[kmgt]?b?$/i, MEMORY_RULE)
  .transform((text) => {
    const match = /^([\d.]+)([kmgt]?)/i.exec(text);
    return Math.floor(Number(match?.[1]) * (MEMORY_UNITS[(match?.[2] ?? '').toLowerCase()] ?? 1));
  })
  .refine((bytes) => bytes >= 64 * 2 ** 20, MEMORY_RULE);

const cpuCount = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'a number of cores such as 2 or 0.5')
  .transform(Number)
  .refine((cpus) => cpus >= 0.1 && cpus <= 1024, 'a number of cores from 0.1 to 1024');

const httpUrl = z.string().refine((text) => {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}, 'an http:// or https:// address');

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Over the internet only with TLS: it is all that says who answers there. */
const webSocketUrl = z.string().refine((text) => {
  try {
    const { protocol, hostname } = new URL(text);
    return protocol === 'wss:' || (protocol === 'ws:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname));
  } catch {
    return false;
  }
}, 'a wss:// address, or a ws:// address of this machine');

const timezone = z.string().refine(isTimezone, 'an IANA time zone such as Europe/Berlin');

const secret = z.string().regex(/^[\x21-\x7e]{8,}$/, 'at least 8 characters without spaces');
/** Names end up in regular expressions and prompts. */
const shortName = z
  .string()
  .regex(/^(?! )[^\p{C}]{1,64}(?<! )$/u, 'one line of at most 64 printable characters, no space at its ends');

/** Every variable that NanoClaw reads, by its name. `.env.example` explains them; `config.test.ts` compares both. */
export const VARIABLES = z.object({
  NANOCLAW_HOME: z.string().optional(),
  NANOCLAW_CONFIG_HOME: z.string().optional(),
  ASSISTANT_NAME: shortName.default('Andy'),
  ASSISTANT_HAS_OWN_NUMBER: flag.default(false),
  TZ: timezone.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  SANDBOX: z.enum(['auto', 'docker', 'podman', 'apple', 'bubblewrap']).default('auto'),
  CONTAINER_IMAGE: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._/:@-]*$/, 'an image name such as nanoclaw-agent:latest')
    .default('nanoclaw-agent:latest'),
  CONTAINER_TIMEOUT: wholeNumber(1_000, 86_400_000).default(1_800_000),
  IDLE_TIMEOUT: wholeNumber(100, 86_400_000).default(1_800_000),
  APPROVAL_TIMEOUT: wholeNumber(0, 86_400_000).default(3_600_000),
  REMOTE_CONTROL_COMMAND: z
    .string()
    .regex(/^[^\p{C}\s]{1,1000}$/u, 'the name or path of a program')
    .default('claude'),
  REMOTE_CONTROL_ENDS_WITH_HOST: z.enum(['true', 'false']).default('false'),
  APPROVAL_WAIT: wholeNumber(0, 600_000).default(60_000),
  STILL_WORKING_AFTER: wholeNumber(0, 86_400_000).default(300_000),
  MAX_CONCURRENT_CONTAINERS: wholeNumber(1, 1_000).default(5),
  CONTAINER_MEMORY: memorySize.default(2 * 2 ** 30),
  CONTAINER_CPUS: cpuCount.default(2),
  CONTAINER_PIDS: wholeNumber(64, 100_000).default(512),
  CONTAINER_MAX_OUTPUT_SIZE: wholeNumber(1_024, 2 ** 30).default(10_485_760),
  MAX_MESSAGES_PER_PROMPT: wholeNumber(1, 10_000).default(50),
  ANTHROPIC_API_KEY: secret.optional(),
  CLAUDE_CODE_OAUTH_TOKEN: secret.optional(),
  ANTHROPIC_AUTH_TOKEN: secret.optional(),
  ANTHROPIC_BASE_URL: httpUrl.optional(),
  ONECLI_URL: httpUrl.optional(),
  ONECLI_API_KEY: secret.optional(),
  MODEL: shortName.optional(),
  TRANSCRIBE_COMMAND: z
    .string()
    .regex(/^[^\p{C}]{1,1000}$/u, 'a program and its arguments, on one line')
    .optional(),
  DAILY_BUDGET_USD: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,2})?$/, 'an amount of US dollars such as 5 or 2.50')
    .transform(Number)
    .optional(),
  WEB_PORT: wholeNumber(0, 65_535).optional(),
  BACKUP_EVERY_HOURS: wholeNumber(0, 8_760).default(24),
  BACKUP_KEEP: wholeNumber(1, 1_000).default(7),
  RETENTION_DAYS: wholeNumber(0, 36_500).default(90),
  TELEGRAM_BOT_TOKEN: secret.optional(),
  TELEGRAM_API_ROOT: httpUrl.optional(),
  TELEGRAM_BOT_POOL: z
    .string()
    .regex(/^[\x21-\x2b\x2d-\x7e]{8,}(\s*,\s*[\x21-\x2b\x2d-\x7e]{8,})*$/, 'tokens of bots with commas between them')
    .optional(),
  SLACK_BOT_TOKEN: secret.optional(),
  SLACK_APP_TOKEN: secret.optional(),
  SLACK_API_URL: httpUrl.optional(),
  DISCORD_BOT_TOKEN: secret.optional(),
  DISCORD_API_URL: httpUrl.optional(),
  ANSWER_STRANGERS: z.enum(['yes', 'no']).default('yes'),
  WHATSAPP_ENABLED: flag.default(false),
  WHATSAPP_WS_URL: webSocketUrl.optional(),
  ...MAIL_VARIABLES,
});

export type Variables = z.infer<typeof VARIABLES>;

/** Values of these are never shown, in errors and logs alike. */
export const SECRET_VARIABLES = [
  'ANTHROPIC_API_KEY',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'ANTHROPIC_AUTH_TOKEN',
  'ONECLI_API_KEY',
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_BOT_POOL',
  ...SECRET_MAIL_VARIABLES,
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'DISCORD_BOT_TOKEN',
] as const;
