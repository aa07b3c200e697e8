import type { Metering } from '../gateway/gateway-server.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Spending } from './spending.ts';

/**
 * Budgets as the gateway asks for them. A database that fails (a full disk, for one) must not end the host from within a
 * request: nothing may be spent while that cannot be known, and what could not be counted is logged.
 */
export function createMetering({
  groups,
  spending,
  log,
}: {
  groups: Pick<GroupStore, 'ofFolder'>;
  spending: Pick<Spending, 'count' | 'isOver'>;
  log: Log;
}): Metering {
  return {
    isSpent(folder) {
      try {
        const group = groups.ofFolder(folder);
        return group === undefined || spending.isOver(group);
      } catch (error) {
        log.error('spending.unknown', { group: folder, error: describeError(error) });
        return true;
      }
    },
    onRequest(request) {
      try {
        spending.count(request);
      } catch (error) {
        log.error('spending.not-counted', { ...request, error: describeError(error) });
      }
    },
  };
}
