import { Hono } from 'hono';
import { z } from 'zod';
import type { Channel } from '../channels/channel.ts';
import type { ShownSetting } from '../config/shown-settings.ts';
import type { ApplyGroupDeps } from '../flows/apply-group-request.ts';
import type { Approvals } from '../flows/approvals.ts';
import type { HostStatus } from '../flows/host-status.ts';
import type { ManageTasksDeps } from '../flows/manage-tasks.ts';
import type { MemoryHistoryDeps } from '../flows/memory-history.ts';
import { MAX_USAGE_DAYS, reportUsage, USAGE_BY, type UsageReportDeps } from '../flows/usage-report.ts';
import { type Log, silentLog } from '../kernel/log.ts';
import { RECORD_KINDS } from '../store/record-files.ts';
import { recordPage, verifyRecord } from '../store/record-pages-files.ts';
import { answerControlError } from './answers.ts';
import { approvalRoutes } from './approval-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { linkRoutes } from './link-routes.ts';
import { type LiveRoutesDeps, liveRoutes } from './live-routes.ts';
import { memoryRoutes } from './memory-routes.ts';
import { taskRoutes } from './task-routes.ts';

/** Most entries of the record that are listed at once. */
export const MAX_LISTED_ENTRIES = 200;

/** Most chats that are offered for registration. */
export const MAX_OFFERED_CHATS = 200;

/** What the page shows and changes beside the chats. */
export interface PageDeps extends LiveRoutesDeps {
  readonly manage: ApplyGroupDeps;
  readonly tasks: ManageTasksDeps;
  readonly usage: UsageReportDeps;
  readonly memory: MemoryHistoryDeps;
  readonly channels: readonly Channel[];
  readonly asked: Approvals;
  readonly status: () => Promise<HostStatus>;
  readonly settings: () => readonly ShownSetting[];
  readonly recordFile: string;
  readonly log?: Log | undefined;
}

const Usage = z.object({
  days: z.coerce.number().int().min(1).max(MAX_USAGE_DAYS).default(30),
  by: z.enum(USAGE_BY),
  group: z.string().min(1).optional(),
});

const Record = z.object({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LISTED_ENTRIES).default(50),
  kind: z.enum(RECORD_KINDS).optional(),
  group: z.string().min(1).optional(),
});

/** The owner's side of the host for a browser: the same functions that commands use. Who may ask is decided before. */
export function pageRoutes(deps: PageDeps): Hono {
  const app = new Hono();
  const { groups, messages } = deps.manage;
  app.get('/status', async (c) => c.json({ ...(await deps.status()), timezone: deps.tasks.timezone }));
  app.get('/settings', (c) => c.json(deps.settings()));
  app.get('/usage', (c) => c.json(reportUsage(deps.usage, Usage.parse(c.req.query()))));
  app.get('/record', async (c) => c.json(await recordPage(deps.recordFile, Record.parse(c.req.query()))));
  app.post('/record/verify', async (c) => c.json(await verifyRecord(deps.recordFile)));
  app.get('/unregistered', (c) =>
    c.json(messages.groupChats(MAX_OFFERED_CHATS).filter(({ jid }) => groups.find(jid) === undefined)),
  );
  app.route('/approvals', approvalRoutes(deps.asked, 'the owner on the page'));
  app.route('/links', linkRoutes(deps.channels));
  app.route('/groups', groupRoutes(deps.manage, deps.memory));
  app.route('/memory', memoryRoutes(deps.memory, groups));
  app.route('/tasks', taskRoutes(deps.tasks, groups));
  app.route('/live', liveRoutes(deps));
  app.onError((error, c) => answerControlError(c, error, deps.log ?? silentLog));
  return app;
}
