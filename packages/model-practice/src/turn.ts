import type { ToolResult } from './conversation.ts';
import { assistantTexts, freshMessages, saidInMessage, systemText, toolNames, toolResults } from './conversation.ts';
import type { MessagesRequest, RequestMessage } from './messages-request.ts';
import { isInterruptNote, remindersIn } from './reminders.ts';

/** What the rules look at: one request, read as a conversation. */
export type Turn = {
  /** The newest thing that was said: the last message decides. Without the mention of the assistant. */
  readonly prompt: string;
  /** The beginning of the prompt, for rules that search in it: their time must not grow with a message of a megabyte. */
  readonly opening: string;
  /** Whether the prompt was said since the last answer; false while the model waits for tools. */
  readonly isPromptNew: boolean;
  /** What was said before the prompt, oldest first. */
  readonly earlier: readonly string[];
  /** Tool results since the last answer; none when the user stopped the model, for then nobody waits for them. */
  readonly results: readonly ToolResult[];
  /** Tools that may be called now. */
  readonly tools: readonly string[];
  /** Names that ToolSearch can load. */
  readonly deferredTools: readonly string[];
  /** What the model itself said, oldest first. */
  readonly answers: readonly string[];
};

const openingChars = 400;
const mention = /^(?:@[\p{L}\p{N}_-]+[\s,:]*)+/u;
const toolNameLine = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Reads a request as a conversation. */
export function readTurn(request: MessagesRequest): Turn {
  const fresh = freshMessages(request);
  const before = request.messages.slice(0, request.messages.length - fresh.length).flatMap(saidInMessage);
  const freshlySaid = fresh.flatMap(saidInMessage);
  const said = [...before, ...freshlySaid].map((line) => line.replace(mention, '').trim());
  const prompt = said.at(-1) ?? '';
  return {
    prompt,
    opening: prompt.slice(0, openingChars),
    isPromptNew: freshlySaid.length > 0,
    earlier: said.slice(0, -1),
    results: isInterrupted(fresh) ? [] : toolResults(request),
    tools: toolNames(request),
    deferredTools: deferredToolNames(request),
    answers: assistantTexts(request).filter((text) => text !== ''),
  };
}

function isInterrupted(fresh: readonly RequestMessage[]): boolean {
  return fresh.some(({ blocks }) => blocks.some((block) => block.kind === 'text' && isInterruptNote(block.text)));
}

/**
 * Deferred tools are only listed by name, one per line, in words of the client. Any line that could be a tool's name is
 * taken: the list is only searched for a name that was asked for, and ToolSearch has the last word.
 */
function deferredToolNames(request: MessagesRequest): string[] {
  if (!toolNames(request).includes('ToolSearch')) return [];
  const reminders = request.messages
    .filter((message) => message.role === 'user')
    .flatMap((message) => message.blocks.map((block) => (block.kind === 'text' ? remindersIn(block.text) : '')));
  const lines = [systemText(request), ...reminders].join('\n').split('\n');
  return [...new Set(lines.map((line) => line.trim()).filter((line) => toolNameLine.test(line)))];
}
