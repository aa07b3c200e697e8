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

const Entity = z.object({
  type: z.string(),
  offset: z.number(),
  length: z.number(),
  user: User.optional(),
});
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
  /** A topic where `is_topic_message` is true; otherwise the replies below some message. */
  message_thread_id: z.number().optional(),
  is_topic_message: z.boolean().optional(),
  /** The head of a topic, which every message in it claims to reply to. */
  forum_topic_created: anything,
  ...media,
};

export const TelegramMessage = z.object({
  ...shared,
  edit_date: z.number().optional(),
  reply_to_message: z.object(shared).optional(),
  new_chat_title: z.string().optional(),
  /** The group has become a supergroup, which is another chat with this id. */
  migrate_to_chat_id: z.number().optional(),
});
export type TelegramMessage = z.infer<typeof TelegramMessage>;

const Button = z.object({ text: z.string(), callback_data: z.string().optional() });

/** Somebody has pressed a button below a message of the bot. */
const CallbackQuery = z.object({
  id: z.string(),
  from: User,
  data: z.string().optional(),
  /** Absent, or without its content, where the message is very old. */
  message: z
    .object({ ...shared, reply_markup: z.object({ inline_keyboard: z.array(z.array(Button)) }).optional() })
    .optional(),
});
export type CallbackQuery = z.infer<typeof CallbackQuery>;

/** The bot was added to a chat, removed from it, or given other rights. */
const ChatMemberUpdate = z.object({ chat: Chat, new_chat_member: z.object({ status: z.string() }) });

export const TelegramUpdate = z.object({
  update_id: z.number(),
  message: TelegramMessage.optional(),
  edited_message: TelegramMessage.optional(),
  callback_query: CallbackQuery.optional(),
  my_chat_member: ChatMemberUpdate.optional(),
});
export type TelegramUpdate = z.infer<typeof TelegramUpdate>;

/** The kinds of update that are asked for. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'my_chat_member'] as const;
