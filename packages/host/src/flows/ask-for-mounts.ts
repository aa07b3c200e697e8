import { createHash } from 'node:crypto';
import { MAILBOX, type MountRequest, type RequestAnswer, SANDBOX_PATHS, TaskRequest } from '@nanoclaw/protocol';
import { type Approval, quoted } from '../access/approval.ts';
import type { ExtraMount, MountVerdict } from '../access/mount-decision.ts';
import { mountWishes } from '../groups/container-config.ts';
import type { Group } from '../groups/group.ts';
import { describeError, NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { writeHostileFile } from '../kernel/safe-files.ts';
import { type ApplyGroupDeps, applyGroupRequest, checkGroupRequest } from './apply-group-request.ts';
import type { Approvals } from './approvals.ts';
import { type ApprovalVerdict, askApproval, awaitApproval } from './ask-approval.ts';

/** Requests that can show a chat's agent folders of the owner's machine. */
export type MountedRequest = Extract<TaskRequest, { type: 'register_group' | 'update_group' }>;

export interface AskForMountsDeps {
  readonly approvals: Approvals;
  /** What the owner's allowlist says of wishes. */
  readonly judgeMounts: (group: Pick<Group, 'isMain' | 'mounts'>) => MountVerdict[];
  readonly manageGroups: ApplyGroupDeps;
  readonly log: Log;
}

/** How long an agent waits for the owner; its own tool gives up a little later. In milliseconds. */
export const MAILBOX_WAIT_MS = 25_000;

export function wishesMounts({ containerConfig }: MountedRequest): boolean {
  return mountWishes(JSON.stringify(containerConfig ?? {})).length > 0;
}

/**
 * A registration, or a change of one, that shows folders: both the owner's allowlist and the owner have to permit them. What
 * the allowlist refuses is not asked for. Undefined when the answer comes later.
 */
export function applyMountedRequest(
  deps: AskForMountsDeps,
  requester: { readonly folder: string; readonly mailbox: string },
  request: MountedRequest,
): RequestAnswer | undefined {
  checkGroupRequest(deps.manageGroups, request);
  const isMain = deps.manageGroups.groups.find(request.jid)?.isMain ?? false;
  const verdicts = deps.judgeMounts({ isMain, mounts: mountWishes(JSON.stringify(request.containerConfig)) });
  const mounts: ExtraMount[] = [];
  for (const verdict of verdicts) {
    if ('refused' in verdict)
      return { ok: false, error: `a folder is refused by the mount allowlist: ${verdict.refused}` };
    mounts.push(verdict.mount);
  }
  const wish = wishOf(requester.folder, request, mounts);
  if (wish === undefined) return { ok: false, error: 'a name or path is too long to be shown to the owner' };
  // What is carried out is what the owner is shown: resolved, and no more than the allowlist lets it.
  const details = { ...request, containerConfig: { additionalMounts: mounts.map(asRequest) } };
  const { id: _, ...known } = details;
  const verdict = askApproval(deps.approvals, {
    groupFolder: requester.folder,
    kind: request.type === 'register_group' ? 'registration' : 'mount',
    subject: createHash('sha256').update(JSON.stringify(known)).digest('hex').slice(0, 32),
    wish,
    details: known,
    // Each request is another one: what was allowed once is done once.
    user: newId('request'),
  });
  if (verdict.kind === 'allowed') return applyGroupRequest(deps.manageGroups, known);
  if (verdict.kind === 'refused') return { ok: false, error: verdict.why };
  answerLater(deps, { requester, request, id: verdict.id });
  return undefined;
}

/** Carries out what was allowed, and tells the owner what came of it. */
export function carryOutMounted(manageGroups: ApplyGroupDeps, { details }: Approval): string {
  try {
    applyGroupRequest(manageGroups, TaskRequest.parse(JSON.parse(details)) as MountedRequest);
    return 'It is done.';
  } catch (error) {
    if (!(error instanceof NanoError)) throw error;
    return `It could not be done: ${error.message}.`;
  }
}

function answerLater(
  deps: AskForMountsDeps,
  asked: { requester: { readonly mailbox: string }; request: MountedRequest; id: number },
): void {
  const { request, requester } = asked;
  void awaitApproval(deps.approvals, asked.id, { ms: MAILBOX_WAIT_MS })
    .then((verdict) => {
      if (request.id === undefined) return;
      const content = JSON.stringify(answerOf(deps, request, verdict));
      writeHostileFile({ root: requester.mailbox, below: [MAILBOX.responses, `${request.id}.json`], content });
    })
    .catch((error: unknown) => deps.log.warn('approval.not-answered', { error: describeError(error) }));
}

function answerOf(
  { manageGroups }: AskForMountsDeps,
  request: MountedRequest,
  verdict: ApprovalVerdict,
): RequestAnswer {
  if (verdict.kind === 'refused') return { ok: false, error: verdict.why };
  if (verdict.kind === 'waiting') {
    const error = `the owner was asked (approval ${verdict.id}) and has not answered yet; a yes is carried out without you`;
    return { ok: false, error };
  }
  const group = manageGroups.groups.find(request.jid);
  if (group === undefined) return { ok: false, error: 'the owner has allowed it, and it could not be done' };
  const { jid, name, folder, trigger, requiresTrigger, model } = group;
  return { ok: true, jid, name, folder, trigger, requiresTrigger, model };
}

function wishOf(folder: string, request: MountedRequest, mounts: readonly ExtraMount[]): string | undefined {
  const shown = mounts.map(({ source, target, mode }) => {
    const [from, to] = [quoted(source), quoted(target)];
    return from && to && `${from} as ${to} (${mode === 'read-write' ? 'to read and write' : 'to read'})`;
  });
  const what =
    request.type === 'register_group' ? `register chat ${chatOf(request)}` : `let chat ${quoted(request.jid)}`;
  if (shown.includes(undefined) || what.includes('undefined')) return undefined;
  const verb = request.type === 'register_group' ? ' and let its agent see' : "'s agent see";
  return `the agent of \`${folder}\` wants to ${what}${verb} of your machine: ${shown.join(', ')}. What stands in backticks is the agent's choice.`;
}

function chatOf(request: Extract<MountedRequest, { type: 'register_group' }>): string | undefined {
  const [jid, name] = [quoted(request.jid), quoted(request.name)];
  return jid && name && `${jid}, called ${name}, with folder \`${request.folder}\`,`;
}

function asRequest({ source, target, mode }: ExtraMount): MountRequest {
  return {
    hostPath: source,
    containerPath: target.slice(SANDBOX_PATHS.extra.length + 1),
    readonly: mode === 'read-only',
  };
}
