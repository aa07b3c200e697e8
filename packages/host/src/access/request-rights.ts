import type { ChatRequest, TaskRequest } from '@nanoclaw/protocol';
import { assertNever } from '../kernel/errors.ts';

/** Who asks, as the host knows it from the mailbox the request lay in. */
export interface Requester {
  readonly folder: string;
  readonly jid: string;
  readonly isMain: boolean;
  /** It belongs to another agent, and has no rights but to speak and to remember. */
  readonly isTeammate: boolean;
}

export type Verdict = { allow: true } | { allow: false; reason: string };

const ALLOW: Verdict = { allow: true };

/** The whole table of who may ask for what (design: security, "Authorisation"). */
export function authorize(requester: Requester, request: ChatRequest | TaskRequest): Verdict {
  if (requester.isTeammate && !OF_TEAMMATES.has(request.type)) return deny('a teammate may not do this: ask your lead');
  switch (request.type) {
    case 'message':
    case 'file':
      return requester.isMain || request.chatJid === requester.jid
        ? ALLOW
        : deny('this group may only write to its own chat');
    case 'schedule_task':
      return requester.isMain || request.targetJid === undefined || request.targetJid === requester.jid
        ? ALLOW
        : deny('this group may only schedule tasks for itself');
    case 'pause_task':
    case 'resume_task':
    case 'cancel_task':
    case 'update_task':
      // Whose task it is decides the task's own table; everybody may ask about his own.
      return ALLOW;
    case 'reaction':
    case 'question':
    case 'search_history':
    case 'start_teammate':
    case 'message_teammate':
    case 'list_teammates':
    case 'stop_teammate':
      // They name no chat: it is that of whoever asks, or its own team.
      return ALLOW;
    case 'refresh_groups':
    case 'register_group':
    case 'update_group':
    case 'remove_group':
      return requester.isMain ? ALLOW : deny('only the main group may do this');
    default:
      return assertNever(request);
  }
}

/** All that a teammate may ask for. */
const OF_TEAMMATES: ReadonlySet<string> = new Set(['message', 'file', 'search_history']);

function deny(reason: string): Verdict {
  return { allow: false, reason };
}
