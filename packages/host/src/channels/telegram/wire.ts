import { z } from 'zod';

/** What is read of a user. Telegram sends more; only this is relied on (Bot API, `User`). */
const User = z.object({
  id: z.number(),
  is_bot: z.boolean(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  username: z.string().optional(),
});

const Chat = z.object({
  id: z.number(),
  type: z.enum(['private', 'group', 'supergroup', 'channel']),
  title: z.string().optional(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
});

const Entity = z.object({ type: z.string(), offset: z.number(), length: z.number() });
const anything = z.unknown().optional();

/** A file by which Telegram gives it; an old or odd one without an id is only told of. */
const File = z.looseObject({
  file_id: z.string().optional(),
  file_name: z.string().optional(),
});
const file = File.optional();

/** What a message may carry beside or instead of a text. */
const media = {
  /** The same picture in several sizes, the largest last. */
  photo: z.array(File).optional(),
  video: file,
  animation: file,
  voice: file,
  audio: file,
  video_note: file,
  document: file,
  sticker: z.looseObject({ emoji: z.string().optional() }).optional(),
  location: anything,
  contact: anything,
  poll: anything,
};

const shared = {
  message_id: z.number(),
  date: z.number(),
  chat: Chat,
  from: User.optional(),
  text: z.string().optional(),
  caption: z.string().optional(),
  entities: z.array(Entity).optional(),
  caption_entities: z.array(Entity).optional(),
  ...media,
};

export const TelegramMessage = z.object({
  ...shared,
  edit_date: z.number().optional(),
  reply_to_message: z.object(shared).optional(),
});
export type TelegramMessage = z.infer<typeof TelegramMessage>;

export const TelegramUpdate = z.object({
  update_id: z.number(),
  message: TelegramMessage.optional(),
  edited_message: TelegramMessage.optional(),
});
export type TelegramUpdate = z.infer<typeof TelegramUpdate>;

/** The kinds of update that are asked for. */
export const ALLOWED_UPDATES = ['message', 'edited_message'] as const;
