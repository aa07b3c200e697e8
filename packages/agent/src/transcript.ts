import { z } from 'zod';

/** Longest text of one message in an archive, in UTF-16 code units (v1). */
export const MAX_ARCHIVED_CHARS = 2_000;

/** One message of an archived conversation. */
export interface ArchivedMessage {
  /** Who said it; undefined for the assistant. */
  readonly from: string | undefined;
  readonly text: string;
}

const Block = z.looseObject({ type: z.string(), text: z.string().optional() });

/** A line of a session's transcript that somebody said; anything else is passed over. */
const Said = z.looseObject({
  type: z.enum(['user', 'assistant']),
  isSidechain: z.boolean().optional(),
  isMeta: z.boolean().optional(),
  message: z.looseObject({ content: z.union([z.string(), z.array(Block)]) }),
});

const Boundary = z.looseObject({ type: z.literal('system'), subtype: z.literal('compact_boundary') });

/**
 * What was said in a transcript (JSON lines, as the Agent SDK keeps it) since it was summed up the last time: texts only,
 * no tool calls, nothing of sub-agents. Lines that make no sense are passed over.
 */
export function readTranscript(jsonLines: string): ArchivedMessage[] {
  let messages: ArchivedMessage[] = [];
  let isSummary = false;
  for (const line of jsonLines.split('\n')) {
    const entry = parse(line);
    if (Boundary.safeParse(entry).success) {
      messages = [];
      // What follows at once is the summary, in a user's name.
      isSummary = true;
      continue;
    }
    const said = Said.safeParse(entry).data;
    if (said === undefined || said.isSidechain === true || said.isMeta === true) continue;
    const texts = textsOf(said.message.content);
    if (said.type === 'assistant') messages.push(...texts.map((text) => ({ from: undefined, text })));
    else if (!isSummary) messages.push(...texts.flatMap(peopleIn));
    isSummary = false;
  }
  return messages.filter(({ text }) => text.trim() !== '');
}

/** The archive of a conversation, as Markdown. */
export function formatArchive(
  messages: readonly ArchivedMessage[],
  about: { title: string; assistantName: string; at: string },
): string {
  const lines = messages.map(({ from, text }) => {
    const cut = text.length > MAX_ARCHIVED_CHARS ? `${text.slice(0, MAX_ARCHIVED_CHARS)}…` : text;
    return `**${from ?? about.assistantName}**: ${cut.trim()}`;
  });
  return [`# ${about.title}`, `Archived: ${about.at}`, '---', ...lines, ''].join('\n\n');
}

/** A title out of the first thing that somebody said: one line, without what a chat program wraps around it. */
export function titleOf(messages: readonly ArchivedMessage[]): string | undefined {
  const first = messages.find(({ from }) => from !== undefined)?.text;
  const line = first
    ?.replaceAll(/\s+/g, ' ')
    .replace(/^@\S+ /, '')
    .trim();
  return line ? [...line].slice(0, MAX_TITLE_CHARS).join('') : undefined;
}

const MAX_TITLE_CHARS = 80;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function textsOf(content: string | z.infer<typeof Block>[]): string[] {
  if (typeof content === 'string') return [content];
  return content.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []));
}

/** The host's prompts hold several people's messages; other prompts are one of their own. */
function peopleIn(prompt: string): ArchivedMessage[] {
  if (prompt.startsWith('<system-reminder>') || prompt.startsWith('<command-name>')) return [];
  const found = [...prompt.matchAll(/<message [^>]*?sender="([^"]*)"[^>]*>([\s\S]*?)<\/message>/g)];
  if (found.length === 0) return [{ from: 'User', text: prompt }];
  return found.map(([, sender = '', text = '']) => ({
    from: withoutEscapes(sender),
    text: withoutEscapes(withoutQuote(text)),
  }));
}

function withoutQuote(text: string): string {
  return text.replace(/\s*<quoted_message[^>]*>[\s\S]*?<\/quoted_message>/, '');
}

function withoutEscapes(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };
  return text.replaceAll(/&(lt|gt|quot|amp);/g, (_, name: string) => characters[name] ?? '');
}
