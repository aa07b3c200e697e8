import { type Decision, parseApprovalAnswer } from '../access/approval.ts';
import { mayCommand } from '../access/sender-rules.ts';
import type { SenderAllowlist } from '../access/sender-rules-files.ts';
import type { Group } from '../groups/group.ts';
import { NanoError } from '../kernel/errors.ts';
import type { InboundMessage } from '../messages/message.ts';
import { type Approvals, decideApproval } from './approvals.ts';

export interface ApprovalAnswers {
  /**
   * What is to be done once a message is stored that answers an approval; undefined when it is none. It is one when it names
   * the question, by its number or as a reply to it, and somebody says it in main who may give the host commands there. A
   * bare "yes" counts for nothing: of two questions it could be meant for either.
   */
  answerIn(group: Group, message: InboundMessage): (() => void) | undefined;
}

export function createApprovalAnswers(approvals: Approvals, allowlist: SenderAllowlist): ApprovalAnswers {
  return {
    answerIn(group, message) {
      if (!group.isMain) return undefined;
      const answer = parseApprovalAnswer(message.content);
      if (answer === undefined) return undefined;
      const sender = { sender: message.sender, isFromMe: message.isFromMe ?? false };
      if (!mayCommand(allowlist.current(), group, sender)) return undefined;
      // Some platforms give back what the assistant itself says, as the owner's own.
      if (sender.isFromMe && approvals.approvals.isSending(group.jid, message.content)) return undefined;
      const id = answer.id ?? idOfReply(approvals, message);
      if (id === undefined || approvals.approvals.find(id) === undefined) return undefined;
      return () => decide(approvals, group, { id, decision: answer.decision, by: message.sender });
    },
  };
}

function idOfReply({ approvals }: Approvals, { chatJid, replyTo }: InboundMessage): number | undefined {
  return replyTo === undefined ? undefined : approvals.ofMessage(chatJid, replyTo.id)?.id;
}

/** An answer that comes too late, or that the question does not take, is told so. */
function decide(approvals: Approvals, main: Group, said: { id: number; decision: Decision; by: string }): void {
  try {
    decideApproval(approvals, said.id, { decision: said.decision, by: said.by });
  } catch (error) {
    if (!(error instanceof NanoError)) throw error;
    const text = `That changes nothing: ${error.message}.`;
    approvals.outbox.add({ chatJid: main.jid, text, origin: 'notice', now: approvals.clock.now() });
    approvals.onOutgoing(main.jid);
  }
}
