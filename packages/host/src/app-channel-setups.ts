import type { ChannelSetup, SetupValues } from './channels/channel-setup.ts';
import type { Config, Environment } from './config/config.ts';
import { parseEnvText, readEnvText } from './config/env-files.ts';
import { homePaths } from './config/home-files.ts';
import type { SetChannel } from './doctor/check.ts';

/** How each channel is set up. Loaded when somebody sets one up: each brings its platform's library. */
const CHANNEL_SETUPS: Readonly<Record<string, () => Promise<ChannelSetup>>> = {
  telegram: async () => (await import('./channels/telegram/setup.ts')).telegramSetup,
  whatsapp: async () => (await import('./channels/whatsapp/setup.ts')).whatsappSetup,
  gmail: async () => (await import('./channels/gmail/setup.ts')).gmailSetup,
  slack: async () => (await import('./channels/slack/setup.ts')).slackSetup,
  discord: async () => (await import('./channels/discord/setup.ts')).discordSetup,
};

/** In the order in which they are offered. */
export const CHANNEL_NAMES: readonly string[] = Object.keys(CHANNEL_SETUPS);

export async function channelSetup(name: string): Promise<ChannelSetup | undefined> {
  return CHANNEL_SETUPS[name]?.();
}

/** The channels of which every value that is needed is set, in the environment or `.env`. */
export async function setChannels(config: Pick<Config, 'home'>, environment: Environment): Promise<SetChannel[]> {
  const given = settingsOf(config.home, environment);
  const setups = await Promise.all(Object.values(CHANNEL_SETUPS).map((load) => load()));
  return setups.flatMap((setup) => {
    const values = valuesFor(setup, given);
    const isSet = setup.fields.every(({ variable, isOptional }) => isOptional || values[variable] !== undefined);
    return isSet && setup.fields.length > 0 ? [{ setup, values }] : [];
  });
}

function valuesFor({ fields }: ChannelSetup, given: SetupValues): SetupValues {
  return Object.fromEntries(
    fields.flatMap(({ variable }) => {
      const value = given[variable];
      return value === undefined ? [] : [[variable, value]];
    }),
  );
}

/** Every setting as it is written, the environment before the file. */
function settingsOf(home: string, environment: Environment): SetupValues {
  const file = parseEnvText(readEnvText(`${homePaths(home).home}/.env`));
  const set = Object.entries(environment).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  return { ...file, ...Object.fromEntries(set) };
}
