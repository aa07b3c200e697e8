import { summarisedLines } from './compaction.ts';
import { saidIn } from './host-prompt.ts';
import type { MessagesRequest, RequestMessage } from './messages-request.ts';
import { midTurnPrompt } from './mid-turn.ts';
import { remindersIn, toolLoadedNote, withoutReminders } from './reminders.ts';

/** A tool's answer, with the name of the tool that was called. */
export type ToolResult = {
  readonly toolUseId: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
};

/** The system prompt and every system message of the conversation, as one text. */
export function systemText(request: MessagesRequest): string {
  const inMessages = request.messages.filter((message) => message.role === 'system');
  return [request.system, ...inMessages.map((message) => message.blocks)].map(blocksText).join('\n');
}

/** Everything people said since the last assistant message, one message per line, un-escaped. */
export function promptText(request: MessagesRequest): string {
  return freshMessages(request).flatMap(saidInMessage).join('\n');
}

/** Names of the tools that may be called now. Deferred ones are not among them. */
export function toolNames(request: MessagesRequest): string[] {
  return request.tools.filter((tool) => !tool.isDeferred).map((tool) => tool.name);
}

/** The tool results since the last assistant message, in the order of the calls (clients send them as they finish). */
export function toolResults(request: MessagesRequest): ToolResult[] {
  const names = new Map<string, string>();
  for (const block of request.messages.flatMap((message) => message.blocks)) {
    if (block.kind === 'tool_use') names.set(block.id, block.name);
  }
  const callOrder = [...names.keys()];
  return freshMessages(request)
    .flatMap((message) => message.blocks)
    .flatMap((block) => (block.kind === 'tool_result' ? [block] : []))
    .map(({ toolUseId, text, isError }) => ({ toolUseId, name: names.get(toolUseId) ?? '', text, isError }))
    .sort((left, right) => callOrder.indexOf(left.toolUseId) - callOrder.indexOf(right.toolUseId));
}

/** The result of the last of the calls that were answered since the last assistant message. */
export function lastToolResult(request: MessagesRequest): ToolResult | undefined {
  return toolResults(request).at(-1);
}

/** What the assistant said so far, one text per message. */
export function assistantTexts(request: MessagesRequest): string[] {
  return request.messages
    .filter((message) => message.role === 'assistant')
    .map((message) => blocksText(message.blocks));
}

/** The messages after the last assistant message: clients append more than one. */
export function freshMessages(request: MessagesRequest): RequestMessage[] {
  return request.messages.slice(request.messages.findLastIndex((message) => message.role === 'assistant') + 1);
}

/** What people said in one message; empty for an assistant message, bare tool results and the client's own words. */
export function saidInMessage(message: RequestMessage): string[] {
  const isAfterTools = message.blocks.some((block) => block.kind === 'tool_result');
  return message.blocks.flatMap((block) => {
    if (block.kind !== 'text' || message.role === 'assistant') return [];
    if (message.role === 'system') return saidMidTurn(block.text);
    if (isAfterTools && block.text.trim() === toolLoadedNote) return [];
    return (
      summarisedLines(block.text) ?? [...saidIn(withoutReminders(block.text)), ...saidMidTurn(remindersIn(block.text))]
    );
  });
}

function saidMidTurn(clientText: string): string[] {
  const prompt = midTurnPrompt(clientText);
  return prompt === undefined ? [] : saidIn(prompt);
}

function blocksText(blocks: RequestMessage['blocks']): string {
  return blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n');
}
