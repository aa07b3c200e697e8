import type { AgentInput, GatewayAccess } from '@nanoclaw/protocol';

/** What decides the model client's environment. */
export interface ModelEnvironment {
  /** The runner's own environment. */
  base: NodeJS.ProcessEnv;
  input: AgentInput;
  /** Port of the forwarder; undefined without a gateway. */
  port: number | undefined;
  claudeHome: string;
}

/** Variable by which the model client takes each kind of credential; it decides the header the gateway replaces. */
const CREDENTIAL: Record<GatewayAccess['scheme'], string> = {
  'api-key': 'ANTHROPIC_API_KEY',
  oauth: 'CLAUDE_CODE_OAUTH_TOKEN',
  'auth-token': 'ANTHROPIC_AUTH_TOKEN',
};

/** More retries than this only hide a failure from the host, which retries whole turns and can tell the user. */
const MODEL_RETRIES = '2';

/** Context size at which the conversation is summarised, in tokens. */
const AUTO_COMPACT_WINDOW = '165000';

/** Variables that are the same for every run. */
const FIXED = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  // Without it the client refuses to skip permission questions when it runs as root, as some drivers do.
  IS_SANDBOX: '1',
  // A turn is over when its result is out: work in the background would be lost when the idle sandbox ends.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  CLAUDE_AGENT_SDK_DISABLE_BUILTIN_AGENTS: '1',
  CLAUDE_CODE_FORK_SUBAGENT: '0',
  ENABLE_TOOL_SEARCH: 'true',
  // A memory file in a shared directory counts, as in v1.
  CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: '1',
};

/** The environment of the model client: everything the runner has, without our own variables and foreign credentials. */
export function modelEnvironment(from: ModelEnvironment): Record<string, string> {
  const env: Record<string, string> = {
    CLAUDE_CODE_MAX_RETRIES: MODEL_RETRIES,
    CLAUDE_CODE_AUTO_COMPACT_WINDOW: AUTO_COMPACT_WINDOW,
  };
  for (const [name, value] of Object.entries(from.base)) {
    if (value !== undefined && !name.startsWith('NANOCLAW_')) env[name] = value;
  }
  Object.assign(env, FIXED, { CLAUDE_CONFIG_DIR: from.claudeHome });
  if (from.input.timezone !== undefined) env['TZ'] = from.input.timezone;
  if (from.input.gateway === undefined || from.port === undefined) return env;
  for (const name of Object.values(CREDENTIAL)) delete env[name];
  env['ANTHROPIC_BASE_URL'] = `http://127.0.0.1:${from.port}`;
  env[CREDENTIAL[from.input.gateway.scheme]] = from.input.gateway.token;
  const { egress = 'none', services = [], token } = from.input.gateway;
  return egress === 'none' && services.length === 0 ? env : { ...env, ...proxyEnvironment(from.port, token) };
}

/** What programs of all kinds look for when they are to use a proxy; the model's own requests go past it. */
function proxyEnvironment(port: number, token: string): Record<string, string> {
  const proxy = `http://nanoclaw:${token}@127.0.0.1:${port}`;
  const direct = 'localhost,127.0.0.1,::1';
  const names = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: direct };
  const lower = Object.entries(names).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...names, ...Object.fromEntries(lower), NODE_USE_ENV_PROXY: '1' };
}
