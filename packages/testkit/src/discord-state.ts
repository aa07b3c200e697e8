/** A message as Discord has taken it, in the order in which it took them. */
export interface DiscordSent {
  readonly id: string;
  readonly channel: string;
  readonly content: string;
  readonly replyTo?: string;
  readonly components?: readonly DiscordRow[];
  readonly file?: { readonly name: string; readonly content: Buffer };
}

export interface DiscordRow {
  readonly components: readonly { readonly label: string; readonly custom_id: string }[];
}

/** Times begin here, in milliseconds, and stand above 22 other bits of an id. */
const EPOCH_MS = 1_420_070_400_000n;

const person = (id: string, username: string, name: string | null) => ({
  id,
  username,
  discriminator: '0',
  global_name: name,
  avatar: null,
});
const now = (): string => new Date().toISOString();
const member = () => ({ roles: [], joined_at: now(), deaf: false, mute: false, flags: 0 });
const textChannel = (id: string, name: string) => ({
  id,
  type: 0,
  name,
  position: 0,
  permission_overwrites: [],
  parent_id: null,
  nsfw: false,
  rate_limit_per_user: 0,
  topic: null,
  last_message_id: null,
});

export const DISCORD_BOT = { ...person('900000000000000001', 'andy', null), bot: true };
export const DISCORD_ANN = person('900000000000000002', 'ann', 'Ann');

/** A private chat with Ann, two channels of a server, and a thread of the first. */
export const DISCORD_CHANNELS = {
  private: '700000000000000009',
  general: '700000000000000001',
  random: '700000000000000002',
  thread: '700000000000000003',
} as const;

const GUILD = '800000000000000001';
const BOT_ROLE = '800000000000000002';

/** What Discord knows: its channels and their history, and what the bot has sent. */
export function createDiscordState() {
  const sent: DiscordSent[] = [];
  const history = new Map<string, Record<string, unknown>[]>();
  const nonces = new Map<string, Record<string, unknown>>();
  const files = new Map<string, Buffer>();
  let count = 0n;

  const nextId = (): string => String(((BigInt(Date.now()) - EPOCH_MS) << 22n) + ++count);
  const isPrivate = (channel: string): boolean => channel === DISCORD_CHANNELS.private;

  return {
    sent,
    history,
    nonces,
    files,
    typing: [] as string[],
    reactions: [] as string[],
    /** Of the application: what it may do. */
    about: { flags: 1 << 19 },
    /** What was shown in place of a question whose button was pressed. */
    answered: [] as { content: string; components: unknown[] }[],
    nextId,
    channel(id: string): Record<string, unknown> | undefined {
      if (isPrivate(id)) return { id, type: 1, recipients: [DISCORD_ANN], last_message_id: null };
      const found = channelsOfGuild().find((channel) => channel.id === id);
      if (found) return { ...found, guild_id: GUILD };
      return id === DISCORD_CHANNELS.thread ? { ...thread(), guild_id: GUILD } : undefined;
    },
    guild,
    /** A message with everything that Discord says of one, kept in its channel. */
    message(channel: string, fields: Record<string, unknown>): Record<string, unknown> {
      const message = {
        id: nextId(),
        type: 0,
        channel_id: channel,
        content: '',
        timestamp: now(),
        edited_timestamp: null,
        tts: false,
        mention_everyone: false,
        mentions: [],
        mention_roles: [],
        attachments: [],
        embeds: [],
        pinned: false,
        flags: 0,
        components: [],
        ...fields,
      };
      history.set(channel, [...(history.get(channel) ?? []), message]);
      return message;
    },
    /** What the gateway adds to a message: where it stands and who its sender is there. */
    placed: (channel: string, message: Record<string, unknown>): Record<string, unknown> => ({
      ...message,
      channel_type: isPrivate(channel) ? 1 : 0,
      ...(isPrivate(channel) ? {} : { guild_id: GUILD, member: member() }),
    }),
  };
}

export type DiscordState = ReturnType<typeof createDiscordState>;

function channelsOfGuild() {
  return [textChannel(DISCORD_CHANNELS.general, 'general'), textChannel(DISCORD_CHANNELS.random, 'random')];
}

function thread() {
  return {
    id: DISCORD_CHANNELS.thread,
    type: 11,
    name: 'a thread',
    parent_id: DISCORD_CHANNELS.general,
    owner_id: DISCORD_ANN.id,
    thread_metadata: { archived: false, auto_archive_duration: 1440, archive_timestamp: now(), locked: false },
    message_count: 0,
    member_count: 1,
    rate_limit_per_user: 0,
    last_message_id: null,
  };
}

function guild(): Record<string, unknown> {
  const role = { permissions: '1071698660929', color: 0, hoist: false, managed: false, mentionable: false, flags: 0 };
  return {
    id: GUILD,
    name: 'Team',
    owner_id: DISCORD_ANN.id,
    joined_at: now(),
    large: false,
    unavailable: false,
    member_count: 2,
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    emojis: [],
    stickers: [],
    features: [],
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    premium_tier: 0,
    preferred_locale: 'en-US',
    system_channel_flags: 0,
    afk_timeout: 300,
    afk_channel_id: null,
    system_channel_id: null,
    members: [{ user: DISCORD_BOT, ...member(), roles: [BOT_ROLE] }],
    roles: [
      { id: GUILD, name: '@everyone', position: 0, ...role },
      { id: BOT_ROLE, name: 'andy', position: 1, ...role, managed: true, tags: { bot_id: DISCORD_BOT.id } },
    ],
    channels: channelsOfGuild(),
    threads: [thread()],
  };
}
