import { SocketModeClient } from '@slack/socket-mode';
import { WebAPIHTTPError, WebAPIPlatformError, WebClient } from '@slack/web-api';
import type { ChannelSetup, SetupField, SetupValues, SetupVerdict } from '../channel-setup.ts';
import { clientOptions, SILENT_LOGGER } from './client.ts';
import { describeSlackError } from './outcome.ts';

const BOT_TOKEN = 'SLACK_BOT_TOKEN';
const APP_TOKEN = 'SLACK_APP_TOKEN';
const API_URL = 'SLACK_API_URL';

/** What the app must be allowed to do, and what it may do without. */
const NEEDED_SCOPES = ['chat:write', 'im:history', 'channels:history', 'users:read'];
const USEFUL_SCOPES = [
  'app_mentions:read',
  'channels:read',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:read',
  'reactions:write',
];

/** How a Slack app is connected. */
export const slackSetup: ChannelSetup = {
  name: 'slack',
  title: 'Slack',
  page: 'slack.md',
  steps: [
    'At api.slack.com/apps choose "Create New App", "From a manifest", your workspace, and paste the manifest of docs/channels/slack.md.',
    'Under "Basic Information", "App-Level Tokens", generate a token with the scope connections:write: it begins with xapp-.',
    'Under "Install App", install it to your workspace and copy the "Bot User OAuth Token": it begins with xoxb-.',
  ],
  fields: [
    tokenField(BOT_TOKEN, 'xoxb-', 'Bot User OAuth Token', '"Install App", after it was installed'),
    tokenField(APP_TOKEN, 'xapp-', 'App-level token', '"Basic Information", "App-Level Tokens"'),
    {
      variable: API_URL,
      label: 'Address of the Web API',
      hint: 'leave it empty to use slack.com',
      isSecret: false,
      isOptional: true,
      problemWith: (value) =>
        /^https?:\/\/\S+$/.test(value) ? undefined : 'an address begins with http:// or https://',
    },
  ],
  verify,
  firstMessage:
    'Run "npx nanoclaw pair" and send the code it prints to your app in a private chat (in Slack: Apps, its name).',
};

function tokenField(variable: string, begins: string, label: string, where: string): SetupField {
  const other = begins === 'xoxb-' ? 'xapp-' : 'xoxb-';
  return {
    variable,
    label,
    hint: `on the page ${where} of your app; it begins with ${begins}`,
    isSecret: true,
    problemWith(value) {
      if (value.startsWith(begins)) return undefined;
      const isOther = value.startsWith(other);
      return isOther
        ? `this is the other of the two tokens: this one begins with ${begins}`
        : `it begins with ${begins}`;
    },
  };
}

async function verify(values: SetupValues, signal: AbortSignal): Promise<SetupVerdict> {
  const options = clientOptions(values[API_URL] || undefined, signal);
  const token = values[BOT_TOKEN] ?? '';
  let variable = BOT_TOKEN;
  try {
    const web = new WebClient(token, options as ConstructorParameters<typeof WebClient>[1]);
    const { user = 'the app', team = 'a workspace', response_metadata: about } = await web.auth.test();
    const given = about?.scopes;
    const missing = given === undefined ? [] : NEEDED_SCOPES.filter((scope) => !given.includes(scope));
    if (missing.length > 0) {
      const problem = `the app may not do enough: add the scopes ${missing.join(', ')} under "OAuth & Permissions" and install it again`;
      return { ok: false, problem, variable };
    }
    variable = APP_TOKEN;
    await openSocket(values[APP_TOKEN] ?? '', options);
    const without = given === undefined ? [] : USEFUL_SCOPES.filter((scope) => !given.includes(scope));
    const hint = without.length === 0 ? '' : `; it goes without ${without.join(', ')}`;
    return { ok: true, detail: `the app is @${user} in ${team}${hint}` };
  } catch (error) {
    return explain(error, { variable, isElsewhere: Boolean(values[API_URL]) });
  }
}

/** Opens a connection as the channel does, and closes it. */
async function openSocket(appToken: string, options: ReturnType<typeof clientOptions>): Promise<void> {
  const client = new SocketModeClient({
    appToken,
    autoReconnectEnabled: false,
    logger: SILENT_LOGGER,
    clientOptions: options,
  } as ConstructorParameters<typeof SocketModeClient>[0]);
  client.on('error', () => undefined);
  await client.start();
  await client.disconnect();
}

function explain(error: unknown, known: { variable: string; isElsewhere: boolean }): SetupVerdict {
  const { variable, isElsewhere } = known;
  if (!(error instanceof WebAPIPlatformError)) {
    const reason = describeSlackError(error);
    // What answers with a page, or is not there at all, is no Slack.
    const isAddress = isElsewhere && !(error instanceof WebAPIHTTPError && error.statusCode >= 500);
    return { ok: false, problem: reason, variable: isAddress ? API_URL : variable };
  }
  const code = error.data.error;
  if (code === 'not_allowed_token_type') {
    const begins = variable === BOT_TOKEN ? 'xoxb-' : 'xapp-';
    return { ok: false, problem: `this is another kind of token: ${variable} begins with ${begins}`, variable };
  }
  if (code === 'invalid_auth' || code === 'not_authed') {
    return { ok: false, problem: `Slack does not know this token: copy the whole of ${variable} again`, variable };
  }
  if (code === 'missing_scope' && variable === APP_TOKEN) {
    const problem = 'the app-level token lacks the scope connections:write: generate a new one with it';
    return { ok: false, problem, variable };
  }
  return { ok: false, problem: describeSlackError(error), variable };
}
