import { DiscordAPIError } from 'discord.js';
import type { ChannelSetup, SetupValues, SetupVerdict } from '../channel-setup.ts';
import { createDiscordClient } from './client.ts';
import { describeDiscordError } from './outcome.ts';

const TOKEN = 'DISCORD_BOT_TOKEN';
const API_URL = 'DISCORD_API_URL';

/** Either of these flags of an application says that it may read messages (Application, "Flags"). */
const READS_MESSAGES = (1 << 18) | (1 << 19);

/** What the bot may do in a server when it is added by our link: see channels, write, send files, react, write in threads. */
const RIGHTS = '274878024768';

/** How a Discord bot is connected. */
export const discordSetup: ChannelSetup = {
  name: 'discord',
  title: 'Discord',
  page: 'discord.md',
  steps: [
    'At discord.com/developers/applications choose "New Application" and give it a name.',
    'On its page "Bot", switch on "Message Content Intent" and save.',
    'On the same page choose "Reset Token" and copy the token.',
  ],
  fields: [
    {
      variable: TOKEN,
      label: 'Token of the bot',
      hint: 'on the page "Bot" of your application, after "Reset Token"',
      isSecret: true,
      problemWith(value) {
        if (/^(Bot|Bearer)\s/i.test(value)) return 'leave the word in front of it out';
        return /^[\w-]{6,}\.[\w-]+\.[\w-]+$/.test(value) ? undefined : WRONG_FORM;
      },
    },
    {
      variable: API_URL,
      label: 'Address of the API',
      hint: 'leave it empty to use discord.com',
      isSecret: false,
      isOptional: true,
      problemWith: (value) =>
        /^https?:\/\/\S+$/.test(value) ? undefined : 'an address begins with http:// or https://',
    },
  ],
  verify,
  firstMessage: 'Run "npx nanoclaw pair" and send the code it prints to your bot in a private message.',
};

const WRONG_FORM =
  'a token has three parts with dots between them: it is on the page "Bot", and neither the client secret nor the public key';

async function verify(values: SetupValues, signal: AbortSignal): Promise<SetupVerdict> {
  const apiUrl = values[API_URL] || undefined;
  try {
    const client = createDiscordClient({ token: values[TOKEN] ?? '', apiUrl, signal });
    const { id, name, flags } = await client.application();
    if ((flags & READS_MESSAGES) === 0) {
      const problem =
        'the bot may not read messages: switch on "Message Content Intent" on the page "Bot" of the application and save';
      return { ok: false, problem, variable: TOKEN };
    }
    const link = `https://discord.com/oauth2/authorize?client_id=${id}&scope=bot&permissions=${RIGHTS}`;
    return { ok: true, detail: `the bot is ${name}; add it to your server with ${link}` };
  } catch (error) {
    const problem = describeDiscordError(error);
    const isAddress = apiUrl !== undefined && !(error instanceof DiscordAPIError);
    return { ok: false, problem, variable: isAddress ? API_URL : TOKEN };
  }
}
