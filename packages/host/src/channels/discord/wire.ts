import { z } from 'zod';

const Snowflake = z.string().regex(/^\d{1,20}$/);

const User = z.object({
  id: Snowflake,
  username: z.string(),
  global_name: z.string().nullish(),
  bot: z.boolean().optional(),
});

const Attachment = z.object({
  filename: z.string(),
  size: z.number(),
  url: z.string(),
  content_type: z.string().optional(),
  /** Only voice messages have a wave to look at. */
  waveform: z.string().optional(),
});
export type DiscordAttachment = z.infer<typeof Attachment>;

const Member = z.object({ nick: z.string().nullish() });

const Label = z.looseObject({ custom_id: z.string().optional(), label: z.string().optional() });

/** What is read of a message. Discord sends more; only this is relied on. */
export const DiscordMessage = z.object({
  id: Snowflake,
  channel_id: Snowflake,
  guild_id: Snowflake.optional(),
  type: z.number(),
  author: User,
  webhook_id: z.string().optional(),
  member: Member.optional(),
  content: z.string(),
  timestamp: z.string(),
  edited_timestamp: z.string().nullish(),
  mentions: z.array(User).optional(),
  mention_roles: z.array(z.string()).optional(),
  attachments: z.array(Attachment).optional(),
  sticker_items: z.array(z.object({ name: z.string() })).optional(),
  poll: z.unknown().optional(),
  message_reference: z.object({ message_id: z.string().optional() }).optional(),
  referenced_message: z.object({ id: Snowflake, content: z.string(), author: User }).nullish(),
});
export type DiscordMessage = z.infer<typeof DiscordMessage>;

export const DiscordDeletion = z.object({
  id: Snowflake.optional(),
  ids: z.array(Snowflake).optional(),
  channel_id: Snowflake,
});

/** A press of a button. */
export const DiscordPress = z.object({
  id: Snowflake,
  type: z.literal(3),
  token: z.string(),
  channel_id: Snowflake,
  guild_id: Snowflake.optional(),
  member: Member.extend({ user: User }).optional(),
  user: User.optional(),
  message: z.object({
    id: Snowflake,
    content: z.string(),
    components: z.array(z.looseObject({ components: z.array(Label).optional() })).optional(),
  }),
  data: z.object({ custom_id: z.string() }),
});
export type DiscordPress = z.infer<typeof DiscordPress>;

const Channel = z.looseObject({ id: Snowflake, name: z.string().nullish(), type: z.number() });

export const DiscordGuild = z.looseObject({
  id: Snowflake,
  name: z.string(),
  channels: z.array(Channel),
  threads: z.array(Channel).optional(),
  roles: z.array(z.looseObject({ id: Snowflake, tags: z.looseObject({ bot_id: z.string().optional() }).optional() })),
});

/** A channel as an event or a request tells of it. */
export const DiscordChannel = Channel.extend({ guild_id: Snowflake.optional() });

export const DiscordReady = z.looseObject({ user: User });

/** A packet of the gateway that tells of something. */
export const DiscordPacket = z.looseObject({ t: z.string().nullish(), d: z.unknown() });
