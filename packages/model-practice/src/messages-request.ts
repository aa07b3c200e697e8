import { z } from 'zod';

/**
 * What the practice model knows of a Messages API request. The schema is lenient on purpose: clients send more with
 * every version, and a block it does not know is kept as `other` instead of being refused.
 */
const textBlock = z
  .object({ type: z.literal('text'), text: z.string() })
  .transform(({ text }) => ({ kind: 'text' as const, text }));

const toolUseBlock = z
  .object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown() })
  .transform(({ id, name, input }) => ({ kind: 'tool_use' as const, id, name, input }));

const toolResultPart = z.union([
  z.object({ type: z.literal('text'), text: z.string() }).transform(({ text }) => text),
  z.object({ type: z.literal('tool_reference'), tool_name: z.string() }).transform((part) => part.tool_name),
  z.object({ type: z.string() }).transform(({ type }) => `[${type}]`),
]);

const toolResultBlock = z
  .object({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(toolResultPart).transform((parts) => parts.join('\n'))]).optional(),
    is_error: z.boolean().nullish(),
  })
  .transform((block) => ({
    kind: 'tool_result' as const,
    toolUseId: block.tool_use_id,
    text: block.content ?? '',
    isError: block.is_error === true,
  }));

const otherBlock = z.object({ type: z.string() }).transform(({ type }) => ({ kind: 'other' as const, type }));

const blocks = z.union([
  z.string().transform((text) => [{ kind: 'text' as const, text }]),
  z.array(z.union([textBlock, toolUseBlock, toolResultBlock, otherBlock])),
]);

const messagesRequest = z
  .object({
    model: z.string().min(1),
    max_tokens: z.number().optional(),
    stream: z.boolean().nullish(),
    system: blocks.optional(),
    messages: z.array(z.object({ role: z.enum(['user', 'assistant', 'system']), content: blocks })).min(1),
    tools: z.array(z.object({ name: z.string(), defer_loading: z.boolean().nullish() })).optional(),
  })
  .transform((body) => ({
    model: body.model,
    maxTokens: body.max_tokens,
    stream: body.stream === true,
    system: body.system ?? [],
    messages: body.messages.map(({ role, content }) => ({ role, blocks: content })),
    tools: (body.tools ?? []).map((tool) => ({ name: tool.name, isDeferred: tool.defer_loading === true })),
  }));

/** A Messages API request after reading: snake case and optional shapes are gone. */
export type MessagesRequest = z.infer<typeof messagesRequest>;
export type RequestMessage = MessagesRequest['messages'][number];

export type ReadRequest = { ok: true; request: MessagesRequest } | { ok: false; reason: string };

/** Reads a parsed JSON body. Never throws; `reason` names the first field that is wrong. */
export function readMessagesRequest(body: unknown): ReadRequest {
  const read = messagesRequest.safeParse(body);
  if (read.success) return { ok: true, request: read.data };
  const issue = read.error.issues[0];
  const field = issue?.path.join('.') || 'body';
  return { ok: false, reason: `${field}: ${issue?.message ?? 'not a messages request'}` };
}
