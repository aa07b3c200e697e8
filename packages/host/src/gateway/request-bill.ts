import { z } from 'zod';

/** Longest request that is taken apart, in bytes; of a longer one only the length is known. */
export const MAX_BILLED_BYTES = 2 * 1024 * 1024;

/**
 * Where the bytes of a request come from. `reminders` are memory files and what else the client puts beside people's
 * words, `prompts` people's words and the summary of an earlier conversation; what fits nowhere is `other`.
 */
const SOURCES = [
  'system',
  'tools',
  'reminders',
  'prompts',
  'answers',
  'toolCalls',
  'toolResults',
  'images',
  'other',
] as const;
type Source = (typeof SOURCES)[number];

/** What a request to the model is made of, in bytes of JSON. */
export type RequestBill = Readonly<Record<Source, number>>;

const Block = z.looseObject({ type: z.string(), text: z.string().optional() });
const Request = z.object({
  system: z.unknown().optional(),
  tools: z.unknown().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(Block)]) })),
});

const BY_TYPE: Readonly<Record<string, Source>> = {
  tool_use: 'toolCalls',
  tool_result: 'toolResults',
  image: 'images',
  document: 'images',
  thinking: 'answers',
  redacted_thinking: 'answers',
};

/** Takes the body of a request apart; undefined for what is no request of the Messages API. */
export function billOf(body: Buffer): RequestBill | undefined {
  const parsed = Request.safeParse(parse(body));
  if (!parsed.success) return undefined;
  const { system, tools, messages } = parsed.data;
  const bill = Object.fromEntries(SOURCES.map((source) => [source, 0])) as Record<Source, number>;
  bill.system = bytesOf(system);
  bill.tools = bytesOf(tools);
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    for (const block of blocks) bill[sourceOf(role, block)] += bytesOf(block);
  }
  const known = Object.values(bill).reduce((sum, bytes) => sum + bytes, 0);
  return { ...bill, other: Math.max(0, body.length - known) };
}

function sourceOf(role: string, { type, text }: z.infer<typeof Block>): Source {
  if (type !== 'text') return BY_TYPE[type] ?? 'other';
  if (role === 'assistant') return 'answers';
  // The client puts its own words beside people's, in the role of a user or of the system.
  return role === 'system' || text?.startsWith('<system-reminder>') ? 'reminders' : 'prompts';
}

function bytesOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
