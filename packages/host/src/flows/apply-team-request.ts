import type { RequestAnswer, TaskRequest } from '@nanoclaw/protocol';
import type { Requester } from '../access/request-rights.ts';
import { assertNever, NanoError } from '../kernel/errors.ts';
import {
  findTeammate,
  listTeam,
  type ManageTeamDeps,
  messageTeammate,
  startTeammate,
  stopTeammate,
} from './manage-team.ts';

type TeamRequest = Extract<TaskRequest, { type: `${string}_teammate` | 'list_teammates' }>;

/** What an agent asks about its team. Throws 'group-refused' and 'not-found', and then nothing has changed. */
export function applyTeamRequest(deps: ManageTeamDeps, requester: Requester, request: TeamRequest): RequestAnswer {
  const lead = deps.groups.find(requester.jid);
  if (lead === undefined) throw new NanoError('not-found', 'this chat is not registered any more');
  switch (request.type) {
    case 'start_teammate': {
      const { name } = startTeammate(deps, lead, request);
      return { ok: true, name };
    }
    case 'message_teammate':
      messageTeammate(deps, findTeammate(deps, lead, request.name), request.text);
      return { ok: true };
    case 'list_teammates':
      return { ok: true, teammates: listTeam(deps, lead) };
    case 'stop_teammate':
      stopTeammate(deps, findTeammate(deps, lead, request.name));
      return { ok: true };
    default:
      return assertNever(request);
  }
}
