import type { RequestAnswer, TaskRequest } from '@nanoclaw/protocol';
import { mountWishes } from '../groups/container-config.ts';
import { type Group, type GroupChange, type GroupRegistration, planGroup } from '../groups/group.ts';
import { assertNever, NanoError } from '../kernel/errors.ts';
import { changeGroup, type ManageGroupsDeps, registerGroup, removeGroup } from './manage-groups.ts';

export interface ApplyGroupDeps extends ManageGroupsDeps {
  /** Registrations are others now: what agents see of them, and which chats are answered, follows. */
  readonly onGroupsChanged: () => void;
}

type GroupRequest = Extract<TaskRequest, { type: `${string}_group` | 'refresh_groups' }>;
type RegisterRequest = Extract<GroupRequest, { type: 'register_group' }>;

/**
 * What main's agent asks about registrations; what shows folders of the owner's machine takes the owner's word before
 * (`flows/ask-for-mounts`). It never makes a main group, and what a group may reach and spend is the owner's to say: a new
 * group has no internet. Throws 'group-refused' and 'not-found', and then nothing has changed.
 */
export function applyGroupRequest(deps: ApplyGroupDeps, request: GroupRequest): RequestAnswer {
  const answer = carryOut(deps, request);
  deps.onGroupsChanged();
  return answer;
}

/** Throws what `applyGroupRequest` would throw, before somebody is asked about it. */
export function checkGroupRequest(
  deps: ApplyGroupDeps,
  request: Extract<GroupRequest, { type: 'register_group' | 'update_group' }>,
): void {
  if (request.type === 'update_group') return void known(deps, request.jid);
  const { jid, folder } = planGroup(registrationOf(request), { trigger: request.trigger, addedAt: '' });
  const taken = deps.groups.find(jid) ?? deps.groups.list().find((group) => group.folder === folder);
  if (taken !== undefined) throw new NanoError('group-refused', `chat ${taken.jid} has folder ${taken.folder} already`);
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

function register(deps: ApplyGroupDeps, request: RegisterRequest): Group {
  // The wishes are checked like those of the command line; the owner's allowlist decides about them at each run.
  return registerGroup(deps, registrationOf(request));
}

function registrationOf(request: RegisterRequest): GroupRegistration {
  const { jid, name, folder, trigger, requiresTrigger = true, containerConfig } = request;
  const mounts = mountWishes(JSON.stringify(containerConfig ?? {}));
  return {
    jid,
    name,
    folder,
    trigger,
    requiresTrigger,
    isMain: false,
    mounts: mounts as GroupRegistration['mounts'],
  };
}

function changeOf(request: Extract<GroupRequest, { type: 'update_group' }>): GroupChange {
  const { id: _, type: _type, jid: _jid, model, containerConfig, ...change } = request;
  const mounts = containerConfig === undefined ? {} : { mounts: mountWishes(JSON.stringify(containerConfig)) };
  // The wishes are checked with the rest of the change.
  return {
    ...change,
    ...(mounts as Pick<GroupChange, 'mounts'>),
    ...(model === undefined ? {} : { model: model === '' ? null : model }),
  };
}

function known(deps: ApplyGroupDeps, jid: string): Group {
  const group = deps.groups.find(jid);
  if (group === undefined) throw new NanoError('not-found', `chat ${jid} is not registered`);
  return group;
}

function shown({ jid, name, folder, trigger, requiresTrigger, model }: Group) {
  return { jid, name, folder, trigger, requiresTrigger, model };
}
