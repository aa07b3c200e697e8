import type { RequestAnswer, TaskRequest } from '@nanoclaw/protocol';
import { mountWishes } from '../groups/container-config.ts';
import type { Group, GroupChange, GroupRegistration } from '../groups/group.ts';
import { assertNever, NanoError } from '../kernel/errors.ts';
import { changeGroup, type ManageGroupsDeps, registerGroup, removeGroup } from './manage-groups.ts';

export interface ApplyGroupDeps extends ManageGroupsDeps {
  /** Registrations are others now: what agents see of them, and which chats are answered, follows. */
  readonly onGroupsChanged: () => void;
}

type GroupRequest = Extract<TaskRequest, { type: `${string}_group` | 'refresh_groups' }>;

/**
 * What main's agent asks about registrations. It never makes a main group, and what a group may reach and spend is the
 * owner's to say: a new group has no internet. Throws 'group-refused' and 'not-found', and then nothing has changed.
 */
export function applyGroupRequest(deps: ApplyGroupDeps, request: GroupRequest): RequestAnswer {
  const answer = carryOut(deps, request);
  deps.onGroupsChanged();
  return answer;
}

function carryOut(deps: ApplyGroupDeps, request: GroupRequest): RequestAnswer {
  switch (request.type) {
    case 'register_group':
      return { ok: true, ...shown(register(deps, request)) };
    case 'update_group':
      return { ok: true, ...shown(changeGroup(deps, known(deps, request.jid), changeOf(request))) };
    case 'remove_group': {
      const group = known(deps, request.jid);
      if (group.isMain) throw new NanoError('group-refused', 'the main group can only be removed by its owner');
      removeGroup(deps, group);
      return { ok: true, ...shown(group) };
    }
    case 'refresh_groups':
      return { ok: true };
    default:
      return assertNever(request);
  }
}

function register(deps: ApplyGroupDeps, request: Extract<GroupRequest, { type: 'register_group' }>): Group {
  const { jid, name, folder, trigger, requiresTrigger = true, containerConfig } = request;
  const mounts = mountWishes(JSON.stringify(containerConfig ?? {}));
  // The wishes are checked like those of the command line; the owner's allowlist decides about them at each run.
  const wish = {
    jid,
    name,
    folder,
    trigger,
    requiresTrigger,
    isMain: false,
    mounts: mounts as GroupRegistration['mounts'],
  };
  return registerGroup(deps, wish);
}

function changeOf(request: Extract<GroupRequest, { type: 'update_group' }>): GroupChange {
  const { id: _, type: _type, jid: _jid, model, ...change } = request;
  return { ...change, ...(model === undefined ? {} : { model: model === '' ? null : model }) };
}

function known(deps: ApplyGroupDeps, jid: string): Group {
  const group = deps.groups.find(jid);
  if (group === undefined) throw new NanoError('not-found', `chat ${jid} is not registered`);
  return group;
}

function shown({ jid, name, folder, trigger, requiresTrigger, model }: Group) {
  return { jid, name, folder, trigger, requiresTrigger, model };
}
