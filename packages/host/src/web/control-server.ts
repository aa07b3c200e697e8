import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { isAbsolute } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { MAX_FOUND_MESSAGES } from '@nanoclaw/protocol';
import type { Hono as HonoApp } from 'hono';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Channel } from '../channels/channel.ts';
import type { ApplyGroupDeps } from '../flows/apply-group-request.ts';
import type { Approvals } from '../flows/approvals.ts';
import type { ArchiveRequest, MadeArchive } from '../flows/archive-manifest.ts';
import type { HostStatus } from '../flows/host-status.ts';
import type { ManageTasksDeps } from '../flows/manage-tasks.ts';
import type { MemoryHistoryDeps } from '../flows/memory-history.ts';
import type { Pairing } from '../flows/pair-chat.ts';
import type { TurnTiming } from '../flows/turn-timings.ts';
import { MAX_USAGE_DAYS, reportUsage, USAGE_BY, type UsageReportDeps } from '../flows/usage-report.ts';
import type { Log } from '../kernel/log.ts';
import { asChatJid } from '../messages/message.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import { answerControlError } from './answers.ts';
import { approvalRoutes } from './approval-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { known } from './known.ts';
import { linkRoutes } from './link-routes.ts';
import { metricsText } from './metrics.ts';
import { taskRoutes } from './task-routes.ts';

/** Most messages listed at once. */
export const MAX_LISTED_MESSAGES = 1_000;

export interface ControlDeps {
  readonly socketPath: string;
  /** The local chats' routes, shared with the web page. */
  readonly chat: HonoApp;
  readonly manage: ApplyGroupDeps;
  readonly tasks: ManageTasksDeps;
  readonly usage: UsageReportDeps;
  readonly memory: MemoryHistoryDeps;
  /** Of turns that are over, the latest first. */
  readonly timings: () => readonly TurnTiming[];
  readonly channels: readonly Channel[];
  readonly asked: Approvals;
  readonly driver: SandboxDriver;
  readonly status: () => Promise<HostStatus>;
  readonly backup: (request: ArchiveRequest) => Promise<MadeArchive>;
  /** Opens the web page when it is not open; returns a one-time address. */
  readonly openPage: () => Promise<string>;
  /** A code that makes the private chat in which it is sent the main one. */
  readonly openPairing: Pairing['open'];
  readonly log: Log;
}

/**
 * What commands talk to: HTTP on a Unix socket that only the owner's user can open. Being able to open it is the
 * authorisation.
 */
export async function startControlServer(deps: ControlDeps): Promise<{ stop(): Promise<void> }> {
  rmSync(deps.socketPath, { force: true });
  const app = controlRoutes(deps);
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  // The directory is closed to other users before the socket exists, and the socket itself afterwards.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.socketPath, resolve);
  });
  chmodSync(deps.socketPath, 0o600);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const BackupWish = z.object({
  file: z.string().refine(isAbsolute, 'an absolute path'),
  withSecrets: z.boolean(),
  force: z.boolean(),
  passphraseFile: z.string().refine(isAbsolute, 'an absolute path').optional(),
});

const Limit = z.coerce.number().int().min(1).max(MAX_LISTED_MESSAGES).default(50);

const Usage = z.object({
  days: z.coerce.number().int().min(1).max(MAX_USAGE_DAYS),
  by: z.enum(USAGE_BY),
  group: z.string().optional(),
});

const Search = z.object({
  query: z.string().min(1).max(1_000),
  limit: z.coerce.number().int().min(1).max(MAX_FOUND_MESSAGES),
  chat: z.string().optional(),
});

function controlRoutes(deps: ControlDeps): Hono {
  const app = new Hono();
  const { messages } = deps.manage;
  app.get('/status', async (c) => c.json(await deps.status()));
  app.get('/timings', (c) => c.json(deps.timings()));
  app.get('/metrics', async (c) => {
    const today = reportUsage(deps.usage, { days: 1, by: 'group' }).rows;
    return c.text(metricsText(await deps.status(), { today, memoryBytes: process.memoryUsage.rss() }));
  });
  app.get('/messages/:jid', (c) => {
    const jid = asChatJid(c.req.param('jid'));
    const chat = jid && messages.chat(jid);
    known(chat, `there is no chat ${c.req.param('jid')} here: see nanoclaw groups list`);
    return c.json(jid ? messages.newest(jid, Limit.parse(c.req.query('limit'))) : []);
  });
  app.get('/search', (c) => {
    const { query, limit, chat } = Search.parse(c.req.query());
    const chatJid = chat === undefined ? undefined : asChatJid(chat);
    return c.json(messages.search(query, { limit, ...(chatJid === undefined ? {} : { chatJid }) }));
  });
  app.get('/usage', (c) => c.json(reportUsage(deps.usage, Usage.parse(c.req.query()))));
  app.get('/sandboxes', async (c) => c.json(await deps.driver.list()));
  app.delete('/sandboxes/:name', async (c) => {
    const isStopped = await deps.driver.stop(c.req.param('name'));
    return isStopped ? c.json({ stopped: c.req.param('name') }) : known(undefined, noSandbox(c.req.param('name')));
  });
  app.post('/backup', async (c) => c.json(await deps.backup(BackupWish.parse(await c.req.json()))));
  app.post('/pair', (c) => c.json(deps.openPairing()));
  app.post('/page', async (c) => c.json({ url: await deps.openPage() }));
  app.route('/links', linkRoutes(deps.channels));
  app.route('/groups', groupRoutes(deps.manage, deps.memory));
  app.route('/approvals', approvalRoutes(deps.asked, 'the owner at the command line'));
  app.route('/tasks', taskRoutes(deps.tasks, deps.manage.groups));
  app.route('/', deps.chat);
  app.onError((error, c) => answerControlError(c, error, deps.log));
  return app;
}

const noSandbox = (name: string): string => `there is no live sandbox ${name}: see nanoclaw sandbox list`;
