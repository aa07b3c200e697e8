import { MessageRequest, type RequestAnswer, RequestId, TaskRequest } from '@nanoclaw/protocol';
import { authorize, type Requester } from '../access/request-rights.ts';
import { assertNever, NanoError } from '../kernel/errors.ts';
import { type ApplyGroupDeps, applyGroupRequest } from './apply-group-request.ts';
import { type ApplyMessageDeps, applyMessageRequest } from './apply-message-request.ts';
import { searchHistory } from './apply-search-request.ts';
import { applyTaskRequest } from './apply-task-request.ts';
import type { ManageTasksDeps } from './manage-tasks.ts';
import type { RunVoice } from './run-voice.ts';

export interface ApplyDeps extends ApplyMessageDeps {
  readonly manageTasks: ManageTasksDeps;
  readonly manageGroups: ApplyGroupDeps;
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

function understand(document: unknown): MessageRequest | TaskRequest | undefined {
  return MessageRequest.safeParse(document).data ?? TaskRequest.safeParse(document).data;
}

function carryOut(deps: ApplyDeps, requester: RequestingRun, request: MessageRequest | TaskRequest): RequestAnswer {
  switch (request.type) {
    case 'message':
      return applyMessageRequest(deps, requester, request);
    case 'schedule_task':
    case 'pause_task':
    case 'resume_task':
    case 'cancel_task':
    case 'update_task':
      return applyTaskRequest(deps.manageTasks, requester, request);
    case 'register_group':
    case 'update_group':
    case 'remove_group':
    case 'refresh_groups':
      return applyGroupRequest(deps.manageGroups, request);
    case 'search_history':
      return searchHistory(deps, requester, request);
    default:
      return assertNever(request);
  }
}

/** The id under which the answer is awaited, also of a document that is otherwise malformed. */
export function requestId(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null || !('id' in document)) return undefined;
  return RequestId.safeParse(document.id).data;
}
