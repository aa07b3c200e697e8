import { freshMessages, toolNames } from './conversation.ts';
import { hostMessages } from './host-prompt.ts';
import type { MessagesRequest } from './messages-request.ts';

const compactionPrompt = /Your task is to create a (?:detailed )?summary of (?:the|this) conversation/;

/**
 * Whether a request belongs to the conversation itself. Clients also make requests on the side (titles, summaries of
 * pages, checks of a key): those are taken to offer no tools. A request for a summary of the conversation does offer them and is
 * known by its words.
 */
export function isMainRequest(request: MessagesRequest): boolean {
  return toolNames(request).length > 0 && !isCompactionRequest(request);
}

/** Whether the client asks for a summary with which to replace a conversation that grew too long. */
export function isCompactionRequest(request: MessagesRequest): boolean {
  return freshMessages(request)
    .flatMap((message) => message.blocks)
    .some((block) => block.kind === 'text' && isFromClient(block.text) && compactionPrompt.test(block.text));
}

/** People's words reach the model inside a host prompt, so that nobody can ask for a summary by quoting the client. */
function isFromClient(text: string): boolean {
  return hostMessages(text) === undefined;
}
