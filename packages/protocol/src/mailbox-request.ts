import { z } from 'zod';
import {
  MAX_CAPTION_CHARS,
  MAX_FOUND_MESSAGES,
  MAX_MESSAGE_CHARS,
  MAX_OPTIONS,
  MAX_QUESTION_SECONDS,
} from './limits.ts';
import { ModelName } from './model-name.ts';
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
const contextMode = z.enum(['group', 'isolated']);
const chat = z.string().min(1).max(256);
const trigger = z.string().min(1).max(64);

/** A teammate's name, which is shown in the chat and is part of an id. */
export const TeammateName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'a letter, then letters, digits, - and _, at most 32');

/** What can be said about a task when it is made. */
export const TaskWish = z.object({
  prompt,
  schedule_type: scheduleType,
  schedule_value: scheduleValue,
  /** `group` goes on with the chat's session, `isolated` begins without any. */
  context_mode: contextMode.optional(),
  /** Runs first and decides whether the agent is asked at all. */
  script: script.optional(),
  /** For its runs, in place of the group's model. */
  model: ModelName.optional(),
});
export type TaskWish = z.infer<typeof TaskWish>;

/** What can be changed about a task; a value without a type keeps the type, an empty script or model takes it away. */
export const TaskChange = z.object({
  prompt: prompt.optional(),
  schedule_type: scheduleType.optional(),
  schedule_value: scheduleValue.optional(),
  context_mode: contextMode.optional(),
  script: script.optional(),
  model: z.union([ModelName, z.literal('')]).optional(),
});
export type TaskChange = z.infer<typeof TaskChange>;

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

/** A document in `messages/`: a file of the group's folder for a chat. */
export const FileRequest = z.object({
  ...answered,
  type: z.literal('file'),
  chatJid: z.string().min(1).max(256),
  /** Below `/workspace/group`, absolute or relative to it. */
  path: z.string().min(1).max(4_096),
  caption: z.string().max(MAX_CAPTION_CHARS).optional(),
  sender: z.string().min(1).max(64).optional(),
});
export type FileRequest = z.infer<typeof FileRequest>;

/** A document in `messages/`: a reaction to a message of the own chat, by the id that prompts carry. */
export const ReactionRequest = z.object({
  ...answered,
  type: z.literal('reaction'),
  messageId: z.coerce.number().int().positive(),
  emoji: z.string().min(1).max(16),
});
export type ReactionRequest = z.infer<typeof ReactionRequest>;

/** A document in `messages/`: a question to the own chat, answered when somebody has answered it. */
export const QuestionRequest = z.object({
  id: RequestId,
  type: z.literal('question'),
  question: z.string().min(1).max(MAX_CAPTION_CHARS),
  options: z.array(z.string().min(1).max(100)).min(2).max(MAX_OPTIONS).optional(),
  timeoutSeconds: z.number().int().min(10).max(MAX_QUESTION_SECONDS),
});
export type QuestionRequest = z.infer<typeof QuestionRequest>;

/** Every document in `messages/`. */
export const ChatRequest = z.discriminatedUnion('type', [
  MessageRequest,
  FileRequest,
  ReactionRequest,
  QuestionRequest,
]);
export type ChatRequest = z.infer<typeof ChatRequest>;

/** A document in `tasks/`: v1's names and fields, and what is new since. */
export const TaskRequest = z.discriminatedUnion('type', [
  z.object({
    ...answered,
    type: z.literal('schedule_task'),
    taskId: taskId.optional(),
    targetJid: chat.optional(),
    ...TaskWish.shape,
  }),
  z.object({ ...answered, type: z.literal('pause_task'), taskId }),
  z.object({ ...answered, type: z.literal('resume_task'), taskId }),
  z.object({ ...answered, type: z.literal('cancel_task'), taskId }),
  z.object({ ...answered, type: z.literal('update_task'), taskId, ...TaskChange.shape }),
  z.object({ ...answered, type: z.literal('refresh_groups') }),
  z.object({
    ...answered,
    type: z.literal('register_group'),
    jid: chat,
    name: z.string().min(1).max(256),
    folder: FolderName,
    trigger,
    requiresTrigger: z.boolean().optional(),
    containerConfig: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({
    ...answered,
    type: z.literal('update_group'),
    jid: chat,
    name: z.string().min(1).max(256).optional(),
    trigger: trigger.optional(),
    requiresTrigger: z.boolean().optional(),
    /** An empty one gives the group the configured model again. */
    model: z.union([ModelName, z.literal('')]).optional(),
    /** Its `additionalMounts` are asked of the owner, in the place of those it has. */
    containerConfig: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({ ...answered, type: z.literal('remove_group'), jid: chat }),
  z.object({
    ...answered,
    type: z.literal('start_teammate'),
    name: TeammateName,
    role: z.string().min(1).max(MAX_CAPTION_CHARS),
    prompt,
    model: ModelName.optional(),
  }),
  z.object({ ...answered, type: z.literal('message_teammate'), name: TeammateName, text: prompt }),
  z.object({ ...answered, type: z.literal('list_teammates') }),
  z.object({ ...answered, type: z.literal('stop_teammate'), name: TeammateName }),
  z.object({
    ...answered,
    type: z.literal('search_history'),
    query: z.string().min(1).max(1_000),
    limit: z.number().int().min(1).max(MAX_FOUND_MESSAGES).optional(),
  }),
]);
export type TaskRequest = z.infer<typeof TaskRequest>;

/** What the host decided about a request with an `id`: `responses/<id>.json`. */
export const RequestAnswer = z.discriminatedUnion('ok', [
  z.looseObject({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
export type RequestAnswer = z.infer<typeof RequestAnswer>;
