import type { MessageRequest, RequestAnswer } from '@nanoclaw/protocol';
import { asChatJid, type ChatJid } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import { visibleText } from '../messages/outbound-text.ts';
import type { RequestingRun } from './apply-request.ts';
import { MAX_TOOL_TEXTS_PER_TURN } from './run-voice.ts';

export interface ApplyMessageDeps {
  readonly messages: MessageStore;
  readonly now: () => number;
  /** A text for this chat was stored. */
  readonly onOutgoing: (chatJid: ChatJid) => void;
}

/** Puts a text into the outbox of a chat that the requester may write to. */
export function applyMessageRequest(
  deps: ApplyMessageDeps,
  requester: RequestingRun,
  request: MessageRequest,
): RequestAnswer {
  const chatJid = writableChat(deps, request.chatJid);
  if (typeof chatJid !== 'string') return chatJid;
  const text = visibleText(request.text);
  if (text === '') return { ok: true, note: 'nothing was sent: the text was internal only' };
  const { sender } = request;
  const turnId = requester.turnAtHand();
  if (requester.voice.hasSaidEnough(turnId)) return saidEnough();
  const isNew = requester.voice.say({ chatJid, text, origin: 'tool', turnId, sender });
  if (!isNew) return { ok: true, note: 'this was sent already, before you were interrupted: it was not sent again' };
  deps.onOutgoing(chatJid);
  return { ok: true };
}

/** A chat that is known here, or the refusal. */
export function writableChat(
  { messages }: Pick<ApplyMessageDeps, 'messages'>,
  name: string,
): ChatJid | Extract<RequestAnswer, { ok: false }> {
  const chatJid = asChatJid(name);
  if (chatJid !== undefined && messages.chat(chatJid) !== undefined) return chatJid;
  return { ok: false, error: `chat ${name} is not known here` };
}

export function saidEnough(): RequestAnswer {
  return { ok: false, error: `${MAX_TOOL_TEXTS_PER_TURN} messages were sent in this turn, which is the limit` };
}
