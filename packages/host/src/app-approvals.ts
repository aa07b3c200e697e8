import { mountAllowlistFile, openMountAllowlist } from './access/mount-rules-files.ts';
import type { SenderAllowlist } from './access/sender-rules-files.ts';
import type { Base } from './app-base.ts';
import type { ApplyGroupDeps } from './flows/apply-group-request.ts';
import { type ApprovalAnswers, createApprovalAnswers } from './flows/approval-answers.ts';
import { type Approvals, createApprovals, expireDue } from './flows/approvals.ts';
import { type AskForMountsDeps, carryOutMounted } from './flows/ask-for-mounts.ts';
import { judgeMounts } from './flows/extra-mounts.ts';
import { type Clock, startLoop, systemClock } from './kernel/clock.ts';
import { describeError } from './kernel/errors.ts';
import { silentLog } from './kernel/log.ts';
import type { ChatJid } from './messages/message.ts';

/** How often it is looked which questions have run out, in milliseconds. */
export const APPROVALS_LOOK_MS = 15_000;

/** What the owner is asked, and how a chat answers it. */
export function openApprovals(
  { config, stores, log }: Pick<Base, 'config' | 'stores' | 'log'>,
  parts: { clock: Clock; allowlist: SenderAllowlist; onOutgoing: (chatJid: ChatJid) => void },
): { asked: Approvals; answers: ApprovalAnswers } {
  const { clock, onOutgoing } = parts;
  const asked = createApprovals({ ...stores, timeoutMs: config.variables.APPROVAL_TIMEOUT, onOutgoing, clock, log });
  return { asked, answers: createApprovalAnswers(asked, parts.allowlist) };
}

/** The same where no host runs: what was asked can be decided, and is carried out. */
export function openQuestions(
  home: Pick<Base, 'config' | 'paths' | 'stores'>,
  manageGroups: ApplyGroupDeps,
): Approvals {
  const { config, stores } = home;
  const timeoutMs = config.variables.APPROVAL_TIMEOUT;
  const quiet = { onOutgoing: () => undefined, clock: systemClock, log: silentLog };
  const asked = createApprovals({ ...stores, timeoutMs, ...quiet });
  openAskForMounts({ ...home, log: silentLog }, asked, manageGroups);
  return asked;
}

/** Folders of the owner's machine, which both the allowlist and the owner have to permit. */
export function openAskForMounts(
  { config, paths, log }: Pick<Base, 'config' | 'paths' | 'log'>,
  asked: Approvals,
  manageGroups: ApplyGroupDeps,
): AskForMountsDeps {
  const allowlist = openMountAllowlist(mountAllowlistFile(config.configHome));
  const places = { allowlist, ownPlaces: [paths.home, config.configHome] };
  for (const kind of ['registration', 'mount'] as const) {
    asked.carriers.set(kind, (approval) => carryOutMounted(manageGroups, approval));
  }
  return { approvals: asked, judgeMounts: (group) => judgeMounts(places, group), manageGroups, log };
}

/** Ends the questions whose time is over. */
export function watchApprovals(asked: Approvals, signal: AbortSignal): { stopped: Promise<void> } {
  return startLoop({
    clock: asked.clock,
    everyMs: APPROVALS_LOOK_MS,
    signal,
    onError: (error) => asked.log.error('approvals.failed', { error: describeError(error) }),
    body: () => expireDue(asked),
  });
}
