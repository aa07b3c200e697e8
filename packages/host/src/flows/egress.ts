import { policyOf, whyRefused } from '../access/egress-rules.ts';
import type { EgressList } from '../access/egress-rules-files.ts';
import { judgeService } from '../access/service-rules.ts';
import type { ServiceList } from '../access/service-rules-files.ts';
import { createDialer, type DialDeps } from '../gateway/dial.ts';
import type { EgressDeps } from '../gateway/wish.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { Log } from '../kernel/log.ts';
import type { Recorder } from '../store/record-files.ts';

/** Who may reach what of the internet, and the record of who has. */
export function createEgress(deps: {
  groups: GroupStore;
  list: Pick<EgressList, 'current'>;
  services: Pick<ServiceList, 'current'>;
  record: Recorder;
  dial?: DialDeps | undefined;
  now: () => number;
  log: Log;
}): EgressDeps {
  return {
    dial: createDialer(deps.dial),
    authorities: deps.dial?.authorities,
    judgeService: (folder, request) => judgeService(deps.services.current(), folder, request),
    whyRefused(folder, target) {
      const group = deps.groups.ofFolder(folder);
      if (group === undefined) return 'this chat is not registered any more';
      const why = whyRefused(deps.list.current(), { policy: policyOf(group), folder }, target);
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
