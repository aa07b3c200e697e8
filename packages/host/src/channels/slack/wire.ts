import { z } from 'zod';

/** What is read of a file. One that lies with somebody else has no address of Slack's. */
const File = z.looseObject({
  name: z.string().nullish(),
  mimetype: z.string().optional(),
  subtype: z.string().optional(),
  size: z.number().optional(),
  url_private: z.string().optional(),
});
export type SlackFile = z.infer<typeof File>;

const said = {
  ts: z.string(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  text: z.string().optional(),
  thread_ts: z.string().optional(),
  files: z.array(File).optional(),
};

/** An event about a message (`message` with its subtypes, and `app_mention`). */
export const SlackEvent = z.object({
  ...said,
  type: z.enum(['message', 'app_mention']),
  subtype: z.string().optional(),
  channel: z.string(),
  channel_type: z.string().optional(),
  /** Of `message_changed`: the message as it is now. */
  message: z.object({ ...said, edited: z.object({ ts: z.string() }).optional() }).optional(),
  /** Of `message_deleted`. */
  deleted_ts: z.string().optional(),
});
export type SlackEvent = z.infer<typeof SlackEvent>;

/** A message as `conversations.history` and `conversations.replies` give it. */
export const SlackHistory = z.object({
  messages: z.array(
    z.looseObject({
      ts: z.string(),
      reply_count: z.number().optional(),
      metadata: z.object({ event_payload: z.record(z.string(), z.unknown()).optional() }).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
export type SlackHistory = z.infer<typeof SlackHistory>;

/** A press of a button. */
export const SlackPress = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string(), text: z.string().optional(), thread_ts: z.string().optional() }),
  actions: z.array(z.looseObject({ value: z.string(), action_ts: z.string() })).min(1),
});
export type SlackPress = z.infer<typeof SlackPress>;

/** What comes over the socket: an event or something that somebody has done with a block. */
export const SlackEnvelope = z.object({
  type: z.string(),
  body: z.looseObject({ event: z.looseObject({ type: z.string() }).optional() }),
});
