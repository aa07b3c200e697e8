import { ChatRequest, type QuestionRequest, type RequestAnswer, RequestId, TaskRequest } from '@nanoclaw/protocol';
import { parseApprovalAnswer } from '../access/approval.ts';
import { authorize, type Requester } from '../access/request-rights.ts';
import { assertNever, NanoError } from '../kernel/errors.ts';
import { asChatJid } from '../messages/message.ts';
import { type ApplyFileDeps, applyFileRequest, applyReactionRequest } from './apply-file-request.ts';
import { type ApplyGroupDeps, applyGroupRequest } from './apply-group-request.ts';
import { applyMessageRequest, saidEnough } from './apply-message-request.ts';
import { searchHistory } from './apply-search-request.ts';
import { applyTaskRequest } from './apply-task-request.ts';
import { applyTeamRequest } from './apply-team-request.ts';
import { type AskForMountsDeps, applyMountedRequest, wishesMounts } from './ask-for-mounts.ts';
import type { ManageTasksDeps } from './manage-tasks.ts';
import type { ManageTeamDeps } from './manage-team.ts';
import { type Questions, questionText } from './questions.ts';
import type { RunVoice } from './run-voice.ts';

export interface ApplyDeps extends ApplyFileDeps {
  readonly questions: Questions;
  readonly manageTasks: ManageTasksDeps;
  readonly manageGroups: ApplyGroupDeps;
  readonly manageTeam: ManageTeamDeps;
  readonly askForMounts: AskForMountsDeps;
}

/** What became of a document: the answer for the agent, and the id it wants it under. */
export interface AppliedRequest {
  readonly id: string | undefined;
  /** Undefined when it comes later. */
  readonly answer: RequestAnswer | undefined;
  /** Nobody can understand the document. */
  readonly isMalformed?: true;
}

/** Who asks: the rights of the mailbox it lay in, and the run that speaks. */
export interface RequestingRun extends Requester {
  readonly voice: RunVoice;
  /** The turn the agent works on now, if any. */
  readonly turnAtHand: () => string | undefined;
  /** Its mailbox, as a directory of the host. */
  readonly mailbox: string;
}

/** Reads, checks and carries out one mailbox document. Never throws for what the document says. */
export function applyRequest(deps: ApplyDeps, requester: RequestingRun, document: unknown): AppliedRequest {
  const id = requestId(document);
  const request = understand(document);
  if (request === undefined) {
    const error = 'the request has the wrong form, or a field of it is too long';
    return { id, answer: { ok: false, error }, isMalformed: true };
  }
  const verdict = authorize(requester, request);
  if (!verdict.allow) return { id, answer: { ok: false, error: verdict.reason } };
  try {
    return { id, answer: carryOut(deps, requester, request) };
  } catch (error) {
    if (!(error instanceof NanoError) || !REFUSALS.has(error.code)) throw error;
    return { id, answer: { ok: false, error: error.message } };
  }
}

/** What the flows say when something cannot be: the agent's to read. */
const REFUSALS: ReadonlySet<NanoError['code']> = new Set(['task-refused', 'group-refused', 'not-found']);

function understand(document: unknown): ChatRequest | TaskRequest | undefined {
  return ChatRequest.safeParse(document).data ?? TaskRequest.safeParse(document).data;
}

function carryOut(
  deps: ApplyDeps,
  requester: RequestingRun,
  request: ChatRequest | TaskRequest,
): RequestAnswer | undefined {
  switch (request.type) {
    case 'message':
      return applyMessageRequest(deps, requester, request);
    case 'file':
      return applyFileRequest(deps, requester, request);
    case 'reaction':
      return applyReactionRequest(deps, requester, request);
    case 'question':
      return ask(deps, requester, request);
    case 'schedule_task':
    case 'pause_task':
    case 'resume_task':
    case 'cancel_task':
    case 'update_task':
      return applyTaskRequest(deps.manageTasks, requester, request);
    case 'register_group':
    case 'update_group':
      return wishesMounts(request)
        ? applyMountedRequest(deps.askForMounts, requester, request)
        : applyGroupRequest(deps.manageGroups, request);
    case 'remove_group':
    case 'refresh_groups':
      return applyGroupRequest(deps.manageGroups, request);
    case 'start_teammate':
    case 'message_teammate':
    case 'list_teammates':
    case 'stop_teammate':
      return applyTeamRequest(deps.manageTeam, requester, request);
    case 'search_history':
      return searchHistory(deps, requester, request);
    default:
      return assertNever(request);
  }
}

/** Asks the requester's own chat; the answer comes when somebody gives it. */
function ask(deps: ApplyDeps, requester: RequestingRun, request: QuestionRequest): RequestAnswer | undefined {
  const chatJid = asChatJid(requester.jid);
  if (chatJid === undefined || deps.questions.isWaiting(chatJid)) {
    return { ok: false, error: 'a question waits for its answer already: one at a time' };
  }
  if (request.options?.some((option) => parseApprovalAnswer(option) !== undefined && /\d/.test(option))) {
    return { ok: false, error: 'an option may not read like the answer to an approval, such as "yes 12"' };
  }
  const turnId = requester.turnAtHand();
  if (requester.voice.hasSaidEnough(turnId)) return saidEnough();
  // One that was asked before a crash is asked again, in no other words: its answer went to an agent that is gone.
  const { question, options } = request;
  const payload = options === undefined ? {} : { payload: { kind: 'question', question, options } as const };
  requester.voice.say({ chatJid, text: questionText(request), origin: 'tool', turnId, ...payload });
  deps.onOutgoing(chatJid);
  deps.questions.wait(chatJid, request, requester.mailbox);
  return undefined;
}

/** The id under which the answer is awaited, also of a document that is otherwise malformed. */
export function requestId(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null || !('id' in document)) return undefined;
  return RequestId.safeParse(document.id).data;
}
