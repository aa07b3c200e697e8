import { join } from 'node:path';
import { hostUser } from './app-settings.ts';
import type { Stores } from './app-stores.ts';
import type { Config } from './config/config.ts';
import { type HomePaths, homePaths } from './config/home-files.ts';
import type { ApplyGroupDeps } from './flows/apply-group-request.ts';
import type { ManageGroupsDeps } from './flows/manage-groups.ts';
import type { ManageTasksDeps } from './flows/manage-tasks.ts';
import type { MemoryHistoryDeps } from './flows/memory-history.ts';
import type { UsageReportDeps } from './flows/usage-report.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { type Log, silentLog } from './kernel/log.ts';

/** What changes registrations and tasks, and tells of usage: the same for agents, commands and the page. */
export interface Manage {
  readonly manageGroups: ApplyGroupDeps;
  readonly manageTasks: ManageTasksDeps;
  readonly usage: UsageReportDeps;
  readonly memory: MemoryHistoryDeps;
}

export function manageDeps(config: Config, paths: HomePaths, stores: Stores, now: () => number): ManageGroupsDeps {
  return {
    groups: stores.groups,
    messages: stores.messages,
    record: stores.record,
    places: paths,
    templates: join(CHECKOUT, 'packages', 'host', 'templates'),
    assistantName: config.variables.ASSISTANT_NAME,
    owner: hostUser(),
    now,
  };
}

/** `told` hears of every change; without it nobody runs who would have to know. */
export function manageAll(
  { config, stores, now, log = silentLog }: { config: Config; stores: Stores; now: () => number; log?: Log },
  told: { onTasksChanged: () => void; onGroupsChanged: () => void },
): Manage {
  const { groups, tasks, taskRuns, record } = stores;
  const { onTasksChanged, onGroupsChanged } = told;
  return {
    manageGroups: { ...manageDeps(config, homePaths(config.home), stores, now), onGroupsChanged },
    manageTasks: { groups, tasks, taskRuns, record, timezone: config.timezone, now, onTasksChanged },
    memory: { memory: stores.memory, record, places: homePaths(config.home), now, log },
    usage: { reports: stores.reports, timezone: config.timezone, now },
  };
}

export const NOBODY_TOLD = { onTasksChanged: () => undefined, onGroupsChanged: () => undefined };
