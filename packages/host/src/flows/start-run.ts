import { join } from 'node:path';
import { type AgentInput, type OutputBlock, SANDBOX_PATHS, type ServiceAccess } from '@nanoclaw/protocol';
import { policyOf } from '../access/egress-rules.ts';
import type { MountAllowlist } from '../access/mount-rules-files.ts';
import { servicesOf } from '../access/service-rules.ts';
import type { ServiceList } from '../access/service-rules-files.ts';
import { projectView } from '../agents/project-view-files.ts';
import { type AgentRun, runAgent } from '../agents/run-agent.ts';
import { openRunLog } from '../agents/run-log-files.ts';
import { syncSkills } from '../agents/skill-files.ts';
import { clearMailbox } from '../agents/workspace-files.ts';
import { planWorkspace } from '../agents/workspace-plan.ts';
import type { RunTokens } from '../gateway/run-tokens.ts';
import type { Group } from '../groups/group.ts';
import { type GroupPlaces, groupDirectories, prepareGroupDirectories } from '../groups/group-files.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { MemoryStore } from '../groups/memory-store.ts';
import type { Clock } from '../kernel/clock.ts';
import { newSecret } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import type { Mount, SandboxLimits, SandboxUser } from '../sandboxes/spec.ts';
import type { Recorder } from '../store/record-files.ts';
import { COMPACT_PROMPT, type Task } from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { AccessGrant, GrantAccess } from './access-grant.ts';
import { mountsOfRun } from './extra-mounts.ts';
import type { Mailboxes } from './mailbox-loop.ts';
import { keepMemory } from './memory-history.ts';
import type { Questions } from './questions.ts';
import type { RunVoice } from './run-voice.ts';
import { giveSnapshots } from './snapshots.ts';

/** What every run has in common, decided once at start. */
export interface RunSettings {
  readonly places: GroupPlaces;
  readonly globalDirectory: string;
  readonly gatewaySocket: string;
  /** Skills as they are shipped, and where each group's plugin is made of them. */
  readonly skillsSource: string;
  readonly skillsDirectory: string;
  /** The source that main sees. */
  readonly checkout: string;
  /** The host's home and configuration, which nothing that is mounted may hold. */
  readonly ownPlaces: readonly string[];
  readonly mountAllowlist: MountAllowlist;
  readonly services: Pick<ServiceList, 'current'>;
  readonly logs: string;
  readonly installation: string;
  readonly user: SandboxUser;
  readonly limits: SandboxLimits;
  readonly timezone: string;
  readonly assistantName: string;
  readonly model: string | undefined;
  readonly silenceMs: number;
  readonly maxOutputBytes: number;
}

export interface StartRunDeps {
  readonly settings: RunSettings;
  readonly driver: SandboxDriver;
  readonly tokens: RunTokens;
  /** Under what each run goes out; asked before it is started. */
  readonly grantAccess: GrantAccess;
  readonly mailboxes: Mailboxes;
  readonly questions: Pick<Questions, 'forget'>;
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly memory: MemoryStore;
  readonly tasks: TaskStore;
  readonly record: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunRequest {
  readonly group: Group;
  readonly runId: string;
  readonly grant: AccessGrant;
  readonly prompt: string;
  /** Whether the chat can show an answer while it is written. */
  readonly wantsPartials: boolean;
  readonly voice: RunVoice;
  /** The turn the agent works on now, if any. */
  readonly turnAtHand: () => string | undefined;
  readonly onBlock: (block: OutputBlock) => void;
  /** Present when this is the run of a task. */
  readonly task?: Pick<Task, 'contextMode' | 'script' | 'model'>;
}

/** Prepares the group's workspace and starts the agent in it; token and mailbox live exactly as long as the run. */
export function startRun(deps: StartRunDeps, request: RunRequest): AgentRun & { mailbox: string } {
  const { settings } = deps;
  const { group, runId } = request;
  const directories = groupDirectories(settings.places, group.folder);
  prepareGroupDirectories(directories, settings.user);
  clearMailbox(directories.mailbox);
  const memoryDeps = { ...deps, places: settings.places, now: deps.clock.now };
  keepMemory(memoryDeps, group, null);
  const skillsDirectory = join(settings.skillsDirectory, group.folder);
  syncSkills(settings.skillsSource, skillsDirectory, group.folder);
  giveSnapshots({ ...deps, now: deps.clock.now }, group, directories.mailbox);
  const nowMs = deps.clock.now();
  const spec = planWorkspace({
    ...settings,
    skillsDirectory,
    group,
    directories,
    furtherMounts: furtherMounts(deps, request),
    certificates: request.grant.certificates,
    runId,
    nowMs,
  });
  // A teammate goes out under the rights and the budget of the group it belongs to.
  const owner = deps.groups.ownerOf(group);
  const token = deps.tokens.issue({ groupFolder: owner.folder, runId }, request.grant.proxy);
  const { voice, turnAtHand } = request;
  const { mailbox: place } = directories;
  const { folder, jid, isMain } = group;
  const requester = { folder, jid, isMain, isTeammate: group.team !== null, voice, turnAtHand, mailbox: place };
  const mailbox = deps.mailboxes.open(requester, directories.mailbox);
  const leave = (): void => {
    deps.tokens.revoke(token);
    mailbox.close();
    deps.questions.forget(group.jid);
    keepMemory(memoryDeps, group, runId);
  };
  try {
    const run = runAgent({
      driver: deps.driver,
      spec,
      input: agentInput(deps, request, token),
      clock: deps.clock,
      log: deps.log,
      runLog: openRunLog(join(settings.logs, group.folder, `${runId}.log`), settings.maxOutputBytes),
      silenceMs: group.timeoutMs ?? settings.silenceMs,
      maxLineBytes: settings.maxOutputBytes,
      onBlock(block) {
        if (block.partial === undefined) mailbox.look();
        request.onBlock(block);
      },
    });
    return { ...run, ended: run.ended.finally(leave), mailbox: directories.mailbox };
  } catch (error) {
    leave();
    throw error;
  }
}

function furtherMounts(deps: StartRunDeps, { group, runId }: RunRequest): Mount[] {
  const { checkout, ownPlaces, mountAllowlist: allowlist } = deps.settings;
  const { record, log, clock } = deps;
  const project = group.isMain ? projectView(checkout, ownPlaces) : [];
  return [
    ...project,
    ...sharedFolder(deps, group),
    ...mountsOfRun({ allowlist, ownPlaces, record, log, now: clock.now() }, { group, runId }),
  ];
}

/** Where a teammate and its lead give each other files: the folder of the lead's chat. Its name is the host's. */
function sharedFolder({ settings }: StartRunDeps, { team }: Group): Mount[] {
  if (team === null) return [];
  const { group: source } = groupDirectories(settings.places, team.of);
  return [{ source, target: `${SANDBOX_PATHS.extra}/chat`, mode: 'read-write' }];
}

function agentInput(deps: StartRunDeps, request: RunRequest, token: string): AgentInput {
  const { settings } = deps;
  const { group } = request;
  const { task } = request;
  const owner = deps.groups.ownerOf(group);
  const model = task?.model ?? group.model ?? owner.model ?? settings.model;
  const team = group.team === null ? {} : { team: { role: group.team.role, lead: settings.assistantName } };
  const sessionId = task?.contextMode === 'isolated' ? undefined : deps.groups.sessionOf(group.folder);
  const script = task?.script ? { script: task.script } : {};
  return {
    prompt: request.prompt,
    ...(sessionId === undefined ? {} : { sessionId }),
    groupFolder: group.folder,
    chatJid: group.jid,
    isMain: group.isMain,
    // The Agent SDK knows its own command only where nothing stands before it.
    ...(task === undefined || request.prompt === COMPACT_PROMPT ? {} : { isScheduledTask: true, ...script }),
    assistantName: group.team === null ? settings.assistantName : group.name,
    ...team,
    runId: request.runId,
    nonce: newSecret(),
    ...(model === undefined ? {} : { model }),
    gateway: { scheme: request.grant.scheme, token, egress: policyOf(owner), services: servicesFor(deps, owner) },
    partials: request.wantsPartials,
    timezone: settings.timezone,
  };
}

/** What the agent is told of the owner's services: never the credential. */
function servicesFor({ settings }: StartRunDeps, { folder }: Group): ServiceAccess[] {
  return servicesOf(settings.services.current(), folder).map(({ name, host, paths, methods }) => ({
    name,
    addresses: paths.map((path) => `http://${host}${path}`),
    methods: [...methods],
  }));
}
