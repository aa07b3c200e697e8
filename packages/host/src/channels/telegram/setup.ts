import { HttpError } from 'grammy';
import { describeError } from '../../kernel/errors.ts';
import type { ChannelSetup, SetupValues, SetupVerdict } from '../channel-setup.ts';
import { createTelegramClient } from './client.ts';
import { describeTelegramError, isTokenRefused } from './errors.ts';

const TOKEN = 'TELEGRAM_BOT_TOKEN';
const API_ROOT = 'TELEGRAM_API_ROOT';

/** How a Telegram bot is connected. */
export const telegramSetup: ChannelSetup = {
  name: 'telegram',
  title: 'Telegram',
  page: 'telegram.md',
  steps: [
    'In Telegram, write to @BotFather: /newbot, then a name, then a user name that ends in "bot".',
    'He answers with a token: copy it.',
    'For groups, tell him /setprivacy, choose the bot, then Disable: otherwise it sees only what names it.',
  ],
  fields: [
    {
      variable: TOKEN,
      label: 'Token of the bot',
      hint: '@BotFather gave it; it looks like 123456789:AAH…',
      isSecret: true,
      problemWith: (value) => (/^\d+:[\w-]{20,}$/.test(value) ? undefined : WRONG_FORM),
    },
    {
      variable: API_ROOT,
      label: 'Address of a Bot API server of your own',
      hint: 'leave it empty to use api.telegram.org',
      isSecret: false,
      isOptional: true,
      problemWith: (value) =>
        /^https?:\/\/\S+$/.test(value) ? undefined : 'an address begins with http:// or https://',
    },
  ],
  verify,
  firstMessage: 'Run "npx nanoclaw pair" and send the code it prints to your bot in a private chat.',
};

const WRONG_FORM = 'a token is a number, a colon and some thirty letters: copy the whole of it from @BotFather';

async function verify(values: SetupValues, signal: AbortSignal): Promise<SetupVerdict> {
  const token = values[TOKEN] ?? '';
  const given = values[API_ROOT] ?? '';
  const apiRoot = given === '' ? undefined : given;
  try {
    const { name, readsGroups } = await createTelegramClient({ token, apiRoot }).whoAmI(signal);
    const privacy = readsGroups ? '' : '; in groups it sees only what names it, until you tell @BotFather /setprivacy';
    return { ok: true, detail: `the bot is @${name}${privacy}` };
  } catch (error) {
    return explain(error, apiRoot);
  }
}

function explain(error: unknown, apiRoot: string | undefined): SetupVerdict {
  if (isTokenRefused(error)) {
    const why = 'Telegram does not know this token: copy it again, or ask @BotFather for /token';
    return { ok: false, problem: why, variable: TOKEN };
  }
  if (error instanceof HttpError) {
    const whose = apiRoot === undefined ? 'check the network of this machine' : `check ${API_ROOT}`;
    return { ok: false, problem: `${describeTelegramError(error)}: ${whose}`, variable: apiRoot ? API_ROOT : TOKEN };
  }
  // What an API root answers that is no Bot API.
  const isOurs = error instanceof Error && error.name === 'GrammyError';
  const problem = isOurs ? describeTelegramError(error) : `this cannot be tried: ${describeKind(error)}`;
  return { ok: false, problem };
}

/** A message of a failure may hold the address, and so the token. */
function describeKind(error: unknown): string {
  return error instanceof Error ? error.name : describeError(typeof error);
}
