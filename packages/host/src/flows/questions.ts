import { MAILBOX, type QuestionRequest, type RequestAnswer } from '@nanoclaw/protocol';
import type { Clock } from '../kernel/clock.ts';
import { type Deadline, startDeadline } from '../kernel/deadline.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { writeHostileFile } from '../kernel/safe-files.ts';
import type { ChatJid, InboundMessage } from '../messages/message.ts';

/** A question that waits for its answer. It lives with the run that has asked it: an agent that is gone asks again. */
interface Waiting {
  readonly request: QuestionRequest;
  readonly mailbox: string;
  readonly deadline: Deadline;
}

export type Questions = ReturnType<typeof createQuestions>;

/** What agents have asked their chats, one question a chat. The next message that can be its answer is. */
export function createQuestions({ clock, log }: { clock: Clock; log: Log }) {
  const waiting = new Map<ChatJid, Waiting>();

  function end(chatJid: ChatJid, answer: RequestAnswer): void {
    const asked = waiting.get(chatJid);
    if (asked === undefined) return;
    waiting.delete(chatJid);
    asked.deadline.cancel();
    const below = [MAILBOX.responses, `${asked.request.id}.json`];
    try {
      writeHostileFile({ root: asked.mailbox, below, content: JSON.stringify(answer) });
    } catch (error) {
      log.warn('question.not-answered', { chat: chatJid, error: describeError(error) });
    }
  }

  return {
    isWaiting: (chatJid: ChatJid): boolean => waiting.has(chatJid),
    /** Waits for the answer, and answers the request when it comes or when the time is over. */
    wait(chatJid: ChatJid, request: QuestionRequest, mailbox: string): void {
      const ms = request.timeoutSeconds * 1_000;
      const deadline = startDeadline(clock, ms, () =>
        end(chatJid, { ok: false, error: `nobody has answered within ${request.timeoutSeconds} seconds` }),
      );
      waiting.set(chatJid, { request, mailbox, deadline });
    },
    /** The answer that a message is to the question of its chat; undefined when it is none. */
    answerIn(message: InboundMessage, by: { mayWake: boolean; isMeant: boolean }): string | undefined {
      const asked = waiting.get(message.chatJid);
      if (asked === undefined || !by.mayWake) return undefined;
      const { options } = asked.request;
      // Without a choice any words could be an answer: in a group with a trigger it takes the trigger to tell.
      if (options === undefined) return by.isMeant ? message.content.trim() : undefined;
      return chosen(options, message.content);
    },
    /** Hands the answer over, once it is stored. */
    answer: (message: InboundMessage, text: string): void =>
      end(message.chatJid, { ok: true, answer: text, sender: message.senderName, senderId: message.sender }),
    /** The run that has asked is over. */
    forget(chatJid: ChatJid): void {
      waiting.get(chatJid)?.deadline.cancel();
      waiting.delete(chatJid);
    },
  };
}

/** The option that a text names, by its number or in its own words. */
function chosen(options: readonly string[], text: string): string | undefined {
  const plain = text
    .trim()
    .replace(/^@\S+\s+/, '')
    .replace(/[.)!]$/, '')
    .toLowerCase();
  const number = /^\d{1,2}$/.test(plain) ? Number(plain) : 0;
  return options[number - 1] ?? options.find((option) => option.toLowerCase() === plain);
}

/** The question as a chat is asked it. */
export function questionText({ question, options }: Pick<QuestionRequest, 'question' | 'options'>): string {
  if (options === undefined) return question;
  return [question, ...options.map((option, index) => `${index + 1}. ${option}`)].join('\n');
}
