import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import type { SendOutcome } from '../channel.ts';

/** What is wrong with the app or its tokens, by the code that Slack gives; the owner has to mend it. */
const FOR_THE_OWNER: Readonly<Record<string, string>> = {
  invalid_auth: 'Slack refuses the token: check SLACK_BOT_TOKEN and SLACK_APP_TOKEN',
  not_authed: 'Slack refuses the token: check SLACK_BOT_TOKEN and SLACK_APP_TOKEN',
  not_allowed_token_type:
    'Slack wants another kind of token: SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-; they may be swapped',
  account_inactive: 'the Slack app was removed from its workspace: install it again',
  token_revoked: 'the Slack token was revoked: install the app again and take the new token',
  token_expired: 'the Slack token has expired: install the app again and take the new token',
  app_uninstalled: 'the Slack app was removed from its workspace: install it again',
  missing_scope: 'the Slack app may not do this',
  no_permission: 'the Slack app may not do this',
  team_access_not_granted: 'the Slack app has no access to this workspace: install it there',
  socket_mode_disabled: 'Socket Mode is off: switch it on in the settings of the Slack app',
  internal_app_not_socket_mode: 'Socket Mode is off: switch it on in the settings of the Slack app',
};

/** Refusals of a chat that a reader can do something about. */
const FOR_A_CHAT: Readonly<Record<string, string>> = {
  not_in_channel: 'the bot is not in this channel: write /invite and its name there',
  channel_not_found: 'Slack knows no such channel, or the bot is not in it: write /invite and its name there',
  is_archived: 'the channel is archived',
};

/** Slack's own troubles, after which nobody can tell what was taken. */
const ITS_OWN_FAULT = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'];

/** Failures before a connection stood: Slack has certainly not got the request. */
const NEVER_ARRIVED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** What a failed request means for the message in it. */
export function slackOutcome(error: unknown): Exclude<SendOutcome, { kind: 'sent' }> {
  const reason = describeSlackError(error);
  if (error instanceof WebAPIRateLimitedError) return { kind: 'retry', reason, afterMs: error.retryAfter * 1000 };
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    if (code === 'ratelimited') return { kind: 'retry', reason };
    // What the owner has to mend, the message can wait for.
    if (FOR_THE_OWNER[code] !== undefined) return { kind: 'retry', reason };
    return { kind: ITS_OWN_FAULT.includes(code) ? 'unknown' : 'refused', reason };
  }
  if (error instanceof WebAPIHTTPError) return { kind: error.statusCode >= 500 ? 'unknown' : 'refused', reason };
  return { kind: NEVER_ARRIVED.includes(networkCode(error) ?? '') ? 'retry' : 'unknown', reason };
}

/** Whether it was the tokens or the app that Slack has refused. */
export function isForTheOwner(error: unknown): boolean {
  return error instanceof WebAPIPlatformError && FOR_THE_OWNER[error.data.error] !== undefined;
}

/** One sentence without a token. */
export function describeSlackError(error: unknown): string {
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    const needed = 'needed' in error.data ? `: add the scope ${String(error.data['needed'])} and install it again` : '';
    const known = FOR_THE_OWNER[code] ?? FOR_A_CHAT[code];
    return known === undefined ? `Slack said ${code}` : `${known}${needed}`;
  }
  if (error instanceof WebAPIRateLimitedError) return `Slack asks to wait ${error.retryAfter} seconds`;
  if (error instanceof WebAPIHTTPError) return `Slack answered with status ${error.statusCode}`;
  return `Slack cannot be reached (${networkCode(error) ?? 'connection failed'})`;
}

function networkCode(error: unknown): string | undefined {
  let cause: unknown = error instanceof WebAPIRequestError ? error.original : error;
  for (let depth = 0; depth < 4 && typeof cause === 'object' && cause !== null; depth++) {
    if ('code' in cause && typeof cause.code === 'string' && /^E[A-Z]+/.test(cause.code)) return cause.code;
    cause = 'cause' in cause ? cause.cause : undefined;
  }
  return undefined;
}
