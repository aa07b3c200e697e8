import { askableHost, policyOf, whyRefused } from '../access/egress-rules.ts';
import type { EgressList } from '../access/egress-rules-files.ts';
import { judgeService } from '../access/service-rules.ts';
import type { ServiceList } from '../access/service-rules-files.ts';
import { createDialer, type DialDeps } from '../gateway/dial.ts';
import type { TokenHolder } from '../gateway/run-tokens.ts';
import type { EgressDeps } from '../gateway/wish.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { Log } from '../kernel/log.ts';
import type { Recorder } from '../store/record-files.ts';
import type { Approvals } from './approvals.ts';
import { type ApprovalWish, askApproval, awaitApproval } from './ask-approval.ts';

/** Who may reach what of the internet, and the record of who has. */
export function createEgress(deps: {
  groups: GroupStore;
  list: Pick<EgressList, 'current'>;
  services: Pick<ServiceList, 'current'>;
  record: Recorder;
  /** Found when somebody wishes for something: the gateway is there before anybody can be asked. */
  approvals: () => Approvals;
  /** How long a request waits for the owner, in milliseconds; then its agent is told to ask again. */
  waitMs: number;
  dial?: DialDeps | undefined;
  now: () => number;
  log: Log;
}): EgressDeps {
  return {
    dial: createDialer(deps.dial),
    authorities: deps.dial?.authorities,
    judgeService: (folder, request) => judgeService(deps.services.current(), folder, request),
    whyServiceRefused({ groupFolder, runId }, { name, host, port, ask }) {
      if (!ask) return undefined;
      const wish = `the agent of \`${groupFolder}\` wants to use your credential for ${name} (${host}).`;
      return askOwner(deps, { groupFolder, kind: 'service', subject: `${name} ${host}:${port}`, wish, user: runId });
    },
    whyRefused({ groupFolder: folder, runId }: TokenHolder, target) {
      const group = deps.groups.ofFolder(folder);
      if (group === undefined) return 'this chat is not registered any more';
      const access = { policy: policyOf(group), folder };
      const why = whyRefused(deps.list.current(), access, target);
      const subject = why === undefined ? undefined : askableHost(deps.list.current(), access, target);
      if (subject !== undefined) {
        const wish = `the agent of \`${folder}\` wants to reach \`${subject}\` on the internet.`;
        return askOwner(deps, { groupFolder: folder, kind: 'domain', subject, wish, user: runId }, why);
      }
      const services = deps.services.current();
      // It may have been meant for a service: whoever repairs the file has to learn that it is broken.
      return why && 'problem' in services ? `${why}; the owner's services cannot be used: ${services.problem}` : why;
    },
    onReport({ groupFolder: group, ...detail }) {
      if ('refused' in detail.outcome) {
        deps.log.warn('egress.refused', {
          group,
          host: detail.host,
          port: detail.port,
          reason: detail.outcome.refused,
        });
      }
      deps.record.add({ kind: 'egress', group, detail, now: deps.now() });
    },
  };
}

/** Why the owner's word is no yes; undefined when it is one. */
async function askOwner(
  { approvals, waitMs }: Pick<Parameters<typeof createEgress>[0], 'approvals' | 'waitMs'>,
  wish: ApprovalWish,
  otherwise = `the credential for ${wish.subject} takes the owner's word`,
): Promise<string | undefined> {
  const asked = askApproval(approvals(), wish);
  const verdict =
    asked.kind === 'waiting' ? await awaitApproval(approvals(), asked.id, { ms: waitMs, user: wish.user }) : asked;
  if (verdict.kind === 'allowed') return undefined;
  if (verdict.kind === 'refused') return `${otherwise}: ${verdict.why}`;
  return `${otherwise}: the owner was asked (approval ${verdict.id}) and has not answered yet, ask again later`;
}
