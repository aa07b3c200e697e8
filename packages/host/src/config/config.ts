import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { NanoError } from '../kernel/errors.ts';
import { idleLines, parseEnvText, readEnvText } from './env-files.ts';
import { mailMistakes } from './mail-variables.ts';
import { machineTimezone } from './timezone-files.ts';
import { SECRET_VARIABLES, VARIABLES, type Variables } from './variables.ts';

/** What the owner gave as proof towards the model service; `none` means the practice model. */
export type ModelCredential =
  | { scheme: 'none' }
  /** OneCLI puts it in; nothing of it is here. */
  | { scheme: 'onecli'; url: string; apiKey: string | undefined }
  | { scheme: 'api-key' | 'oauth' | 'auth-token'; secret: string; variable: (typeof SECRET_VARIABLES)[number] };

/** All settings, read once. Paths are absolute; times are in milliseconds, sizes in bytes. */
export interface Config {
  readonly home: string;
  /** Where the allowlists lie, out of every sandbox's reach. */
  readonly configHome: string;
  readonly timezone: string;
  readonly credential: ModelCredential;
  readonly variables: Variables;
  /** What in the `.env` file does nothing, for the owner to read. */
  readonly notices: readonly string[];
}

/** Values that must appear nowhere. */
export function configuredSecrets({ variables }: Config): string[] {
  const values = SECRET_VARIABLES.flatMap((name) => variables[name] ?? []);
  return [...values, ...listed(variables.TELEGRAM_BOT_POOL)];
}

/** The environment as a plain record; `process.env` in production. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment (wins) and `$NANOCLAW_HOME/.env`, validates everything and reports every mistake at once.
 * Throws NanoError 'config-invalid'.
 */
export function loadConfig(environment: Environment, defaultHome: string): Config {
  const home = resolve(environment['NANOCLAW_HOME'] || defaultHome);
  const text = readEnvText(join(home, '.env'));
  const given = { ...parseEnvText(text), ...present(environment) };
  const parsed = VARIABLES.safeParse(given);
  const mistakes = [
    ...reachableConfigHome(given, home),
    ...twoSources(given),
    ...mailMistakes(given),
    ...halfOfTwo(given),
    ...(parsed.success ? [] : describeIssues(parsed.error.issues, given)),
  ];
  if (!parsed.success || mistakes.length > 0) {
    throw new NanoError('config-invalid', `the configuration has ${count(mistakes)}:\n  ${mistakes.join('\n  ')}`);
  }
  const variables = parsed.data;
  return {
    home,
    configHome: configHomeOf(variables.NANOCLAW_CONFIG_HOME, environment),
    timezone: variables.TZ ?? machineTimezone(),
    credential: chooseCredential(variables),
    variables,
    notices: idleLines(text, readFromFile()),
  };
}

function allNames(): string[] {
  return Object.keys(VARIABLES.shape);
}

/** The home decides which file is read, so the file cannot decide the home. */
function readFromFile(): string[] {
  return allNames().filter((name) => name !== 'NANOCLAW_HOME');
}

function present(environment: Environment): Record<string, string> {
  return Object.fromEntries(allNames().flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}

/** Credentials come from one place: of two, the owner would not know which is used, or think that neither leaks. */
function twoSources(given: Readonly<Record<string, string>>): string[] {
  const keys = ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN'].filter((name) => given[name]);
  if (given['ONECLI_URL']) return keys.map((name) => `${name} is set, but ONECLI_URL is too: remove one of them`);
  return given['ONECLI_API_KEY'] ? ['ONECLI_API_KEY is set, but ONECLI_URL is not: set both or none'] : [];
}

/** A channel that needs two tokens does nothing with one, and its owner would wonder why. */
function halfOfTwo(given: Readonly<Record<string, string>>): string[] {
  const pair = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'];
  const missing = pair.filter((name) => !given[name]);
  return missing.length === 1
    ? [`${missing[0]} is not set, but the Slack channel needs both ${pair.join(' and ')}`]
    : [];
}

/** What decides who may do what cannot lie where an agent writes. */
function reachableConfigHome(
  { NANOCLAW_CONFIG_HOME: given }: Readonly<Record<string, string>>,
  home: string,
): string[] {
  if (given === undefined) return [];
  const isReachable = ['groups', 'data'].some((name) => !relative(join(home, name), resolve(given)).startsWith('..'));
  if (!isReachable) return [];
  return [`NANOCLAW_CONFIG_HOME is ${JSON.stringify(given)}, but must be a directory that no agent can write`];
}

/** Where the allowlists lie, whether or not the other settings can be read. */
export function configHomeOf(given: string | undefined, { HOME }: Environment): string {
  return resolve(given ?? join(HOME || homedir(), '.config', 'nanoclaw'));
}

function describeIssues(issues: readonly { path: PropertyKey[]; message: string }[], given: Record<string, string>) {
  return issues.map(({ path, message }) => {
    const name = String(path[0]);
    const isSecret = SECRET_VARIABLES.some((secret) => secret === name);
    const shown = isSecret ? '(a value that is not shown)' : JSON.stringify(given[name]);
    return `${name} is ${shown}, but must be ${message.replace(/^Invalid option: expected /, '')}`;
  });
}

function count(mistakes: readonly string[]): string {
  return mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
}

/** v1's precedence: an API key wins over a subscription token, that over a bearer token for a proxy. */
function chooseCredential(variables: Variables): ModelCredential {
  const { ANTHROPIC_API_KEY, CLAUDE_CODE_OAUTH_TOKEN, ANTHROPIC_AUTH_TOKEN, ONECLI_URL, ONECLI_API_KEY } = variables;
  if (ONECLI_URL) return { scheme: 'onecli', url: ONECLI_URL, apiKey: ONECLI_API_KEY };
  if (ANTHROPIC_API_KEY) return { scheme: 'api-key', secret: ANTHROPIC_API_KEY, variable: 'ANTHROPIC_API_KEY' };
  if (CLAUDE_CODE_OAUTH_TOKEN) {
    return { scheme: 'oauth', secret: CLAUDE_CODE_OAUTH_TOKEN, variable: 'CLAUDE_CODE_OAUTH_TOKEN' };
  }
  if (ANTHROPIC_AUTH_TOKEN) {
    return { scheme: 'auth-token', secret: ANTHROPIC_AUTH_TOKEN, variable: 'ANTHROPIC_AUTH_TOKEN' };
  }
  return { scheme: 'none' };
}

/** What stands between the commas of a setting. */
export function listed(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
