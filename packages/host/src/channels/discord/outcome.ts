import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import type { SendOutcome } from '../channel.ts';

const REFUSED_TOKEN = 'Discord refuses the token: check DISCORD_BOT_TOKEN';

/** Why a gateway closes a connection for good, by its code; the owner has to mend it. */
const CLOSED_FOR_GOOD: Readonly<Record<number, string>> = {
  4004: REFUSED_TOKEN,
  4013: 'Discord knows none of the intents that were asked for',
  4014: 'the Discord app may not read messages: switch on "Message Content Intent" on its page "Bot" at discord.com/developers',
};

/** Refusals that a reader can do something about, by Discord's own codes. */
const FOR_A_CHAT: Readonly<Record<number, string>> = {
  10003: 'Discord knows no such channel, or the bot cannot see it',
  40005: 'the file is larger than Discord takes here',
  50001: 'the bot cannot see this channel: give its role the right "View Channel" there',
  50007: 'this person takes no private messages from the bot',
  50013: 'the bot may not do this here: give its role the right to send messages, files and reactions',
};

/** Failures before a connection stood: Discord has certainly not got the request. */
const NEVER_ARRIVED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** A connection to the gateway that is over, with the code that it was given. */
export class GatewayClosed extends Error {
  readonly closeCode: number;

  constructor(closeCode: number) {
    super(`the gateway closed with ${closeCode}`);
    this.closeCode = closeCode;
  }
}

/** Whether a gateway that closes with this code takes no other attempt of the same kind. */
export function isClosedForGood(closeCode: number): boolean {
  return closeCode === 4004 || (closeCode >= 4010 && closeCode <= 4014);
}

/** What a failed request means for the message in it. */
export function discordOutcome(error: unknown): Exclude<SendOutcome, { kind: 'sent' }> {
  const reason = describeDiscordError(error);
  if (error instanceof RateLimitError) return { kind: 'retry', reason, afterMs: Math.max(error.retryAfter, 1) };
  if (error instanceof DiscordAPIError) {
    // The token is the owner's to mend; the message can wait for that.
    return { kind: error.status === 401 ? 'retry' : 'refused', reason };
  }
  if (error instanceof HTTPError) return { kind: 'unknown', reason };
  return { kind: NEVER_ARRIVED.includes(codeOf(error) ?? '') ? 'retry' : 'unknown', reason };
}

/** One sentence without a token. */
export function describeDiscordError(error: unknown): string {
  if (error instanceof GatewayClosed) {
    return CLOSED_FOR_GOOD[error.closeCode] ?? `Discord has closed the connection (${error.closeCode})`;
  }
  if (error instanceof RateLimitError) return `Discord asks to wait ${Math.ceil(error.retryAfter / 1000)} seconds`;
  if (error instanceof DiscordAPIError) {
    if (error.status === 401) return REFUSED_TOKEN;
    return FOR_A_CHAT[Number(error.code)] ?? `Discord said ${error.status} (${error.code})`;
  }
  if (error instanceof HTTPError) return `Discord answered with status ${error.status}`;
  return `Discord cannot be reached (${codeOf(error) ?? 'connection failed'})`;
}

function codeOf(error: unknown): string | undefined {
  let cause: unknown = error;
  for (let depth = 0; depth < 4 && typeof cause === 'object' && cause !== null; depth++) {
    if ('code' in cause && typeof cause.code === 'string' && /^E[A-Z]+/.test(cause.code)) {
      return cause.code;
    }
    cause = 'cause' in cause ? cause.cause : undefined;
  }
  return undefined;
}
