import { z } from 'zod';
import { MAX_MESSAGE_CHARS } from './limits.ts';
import { FolderName } from './paths.ts';

/** Names an answer file, so it must be a safe file name. */
export const RequestId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/);

/** Present on requests that want an answer in `responses/<id>.json`. v1 requests have none. */
const answered = { id: RequestId.optional() };
const taskId = z.string().min(1).max(128);
const scheduleType = z.enum(['cron', 'interval', 'once']);
const scheduleValue = z.string().min(1).max(256);
const prompt = z.string().min(1).max(MAX_MESSAGE_CHARS);
const script = z.string().max(MAX_MESSAGE_CHARS);

/** A document in `messages/`: text for a chat. Who asks is decided by the directory, never by these fields. */
export const MessageRequest = z.object({
  ...answered,
  type: z.literal('message'),
  chatJid: z.string().min(1).max(256),
  text: z.string().min(1).max(MAX_MESSAGE_CHARS),
  /** A role name shown where the platform can show one. */
  sender: z.string().min(1).max(64).optional(),
});
export type MessageRequest = z.infer<typeof MessageRequest>;

/** A document in `tasks/`, with v1's names and fields. */
export const TaskRequest = z.discriminatedUnion('type', [
  z.object({
    ...answered,
    type: z.literal('schedule_task'),
    taskId: taskId.optional(),
    prompt,
    schedule_type: scheduleType,
    schedule_value: scheduleValue,
    context_mode: z.enum(['group', 'isolated']).optional(),
    script: script.optional(),
    targetJid: z.string().min(1).max(256).optional(),
  }),
  z.object({ ...answered, type: z.literal('pause_task'), taskId }),
  z.object({ ...answered, type: z.literal('resume_task'), taskId }),
  z.object({ ...answered, type: z.literal('cancel_task'), taskId }),
  z.object({
    ...answered,
    type: z.literal('update_task'),
    taskId,
    prompt: prompt.optional(),
    schedule_type: scheduleType.optional(),
    schedule_value: scheduleValue.optional(),
    script: script.optional(),
  }),
  z.object({ ...answered, type: z.literal('refresh_groups') }),
  z.object({
    ...answered,
    type: z.literal('register_group'),
    jid: z.string().min(1).max(256),
    name: z.string().min(1).max(256),
    folder: FolderName,
    trigger: z.string().min(1).max(64),
    requiresTrigger: z.boolean().optional(),
    containerConfig: z.record(z.string(), z.unknown()).optional(),
  }),
]);
export type TaskRequest = z.infer<typeof TaskRequest>;

/** What the host decided about a request with an `id`: `responses/<id>.json`. */
export const RequestAnswer = z.discriminatedUnion('ok', [
  z.looseObject({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
export type RequestAnswer = z.infer<typeof RequestAnswer>;
