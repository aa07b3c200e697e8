import { MessageRequest, type RequestAnswer, RequestId, TaskRequest } from '@nanoclaw/protocol';
import { authorize, type Requester } from '../access/request-rights.ts';
import { asChatJid, type ChatJid } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import { visibleText } from '../messages/outbound-text.ts';
import { MAX_TOOL_TEXTS_PER_TURN, type RunVoice } from './run-voice.ts';

export interface ApplyDeps {
  readonly messages: MessageStore;
  readonly now: () => number;
  /** A text for this chat was stored. */
  readonly onOutgoing: (chatJid: ChatJid) => void;
}

/** What became of a document: the answer for the agent, and the id it wants it under. */
export interface AppliedRequest {
  readonly id: string | undefined;
  readonly answer: RequestAnswer;
  /** Nobody can understand the document. */
  readonly isMalformed?: true;
}

/** Who asks: the rights of the mailbox it lay in, and the run that speaks. */
export interface RequestingRun extends Requester {
  readonly voice: RunVoice;
  /** The turn the agent works on now, if any. */
  readonly turnAtHand: () => string | undefined;
}

/** Reads, checks and carries out one mailbox document. Never throws for what the document says. */
export function applyRequest(deps: ApplyDeps, requester: RequestingRun, document: unknown): AppliedRequest {
  const parsed = MessageRequest.safeParse(document);
  if (!parsed.success) return refuseOther(document);
  const request = parsed.data;
  const verdict = authorize(requester, request);
  if (!verdict.allow) return { id: request.id, answer: { ok: false, error: verdict.reason } };
  return { id: request.id, answer: sendMessage(deps, requester, request) };
}

function sendMessage(deps: ApplyDeps, requester: RequestingRun, request: MessageRequest): RequestAnswer {
  const chatJid = asChatJid(request.chatJid);
  if (chatJid === undefined || deps.messages.chat(chatJid) === undefined) {
    return { ok: false, error: `chat ${request.chatJid} is not known here` };
  }
  const text = visibleText(request.text);
  if (text === '') return { ok: true, note: 'nothing was sent: the text was internal only' };
  const { sender } = request;
  const turnId = requester.turnAtHand();
  if (requester.voice.hasSaidEnough(turnId)) {
    return { ok: false, error: `${MAX_TOOL_TEXTS_PER_TURN} messages were sent in this turn, which is the limit` };
  }
  const isNew = requester.voice.say({ chatJid, text, origin: 'tool', turnId, sender });
  if (!isNew) return { ok: true, note: 'this was sent already, before you were interrupted: it was not sent again' };
  deps.onOutgoing(chatJid);
  return { ok: true };
}

/** Task requests are understood, so that their answer says why nothing happens; anything else is malformed. */
function refuseOther(document: unknown): AppliedRequest {
  const task = TaskRequest.safeParse(document);
  const error = task.success
    ? `${task.data.type} is not offered by this build`
    : 'the request has the wrong form, or a field of it is too long';
  return { id: requestId(document), answer: { ok: false, error }, ...(task.success ? {} : { isMalformed: true }) };
}

/** The id under which the answer is awaited, also of a document that is otherwise malformed. */
export function requestId(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null || !('id' in document)) return undefined;
  return RequestId.safeParse(document.id).data;
}
