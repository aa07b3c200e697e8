import { join } from 'node:path';
import { Hono } from 'hono';
import { z } from 'zod';
import type { LiveAgent } from '../agents/live-agents.ts';
import { readRunLog } from '../agents/run-log-files.ts';
import type { HostStatus } from '../flows/host-status.ts';
import type { OwnerWords } from '../flows/owner-words.ts';
import type { Clock } from '../kernel/clock.ts';
import { NanoError } from '../kernel/errors.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import { known } from './known.ts';
import { liveStream, MAX_TAIL_BYTES } from './live-stream.ts';

export interface LiveRoutesDeps {
  readonly live: () => readonly LiveAgent[];
  /** The status as the memory and the database tell it; nothing outside the process is asked. */
  readonly pulse: () => HostStatus;
  readonly say: OwnerWords;
  readonly driver: Pick<SandboxDriver, 'stop'>;
  /** The directory of the runs' logs. */
  readonly logs: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

const Offset = z.coerce.number().int().min(0).optional();

/** Sandboxes that live now: what they are, what they print, and their end. */
export function liveRoutes(deps: LiveRoutesDeps): Hono {
  const app = new Hono();
  const viewers = new Set<object>();
  const find = (name: string): LiveAgent =>
    known(
      deps.live().find(({ sandboxName }) => sandboxName === name),
      `there is no live sandbox ${name}: it may have ended meanwhile`,
    );
  const logOf = ({ group, runId }: LiveAgent): string => join(deps.logs, group.folder, `${runId}.log`);
  app.get('/', (c) => c.json(deps.live().map(shown)));
  app.get('/events', (c) => {
    const name = c.req.query('sandbox');
    const agent = name === undefined ? undefined : deps.live().find(({ sandboxName }) => sandboxName === name);
    const body = liveStream({ ...deps, viewers, logFile: agent && logOf(agent) });
    const headers = { 'cache-control': 'no-store', connection: 'close' };
    return c.body(body, 200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers });
  });
  app.get('/:name/output', async (c) => {
    const from = Offset.parse(c.req.query('from'));
    return c.json(await readRunLog(logOf(find(c.req.param('name'))), from, MAX_TAIL_BYTES));
  });
  app.post('/:name/stop', async (c) => c.json(await stop(deps, find(c.req.param('name')))));
  return app;
}

function shown({ group, sandboxName, runId, phase, openTurns, taskRun }: LiveAgent) {
  const { jid, folder, name, team } = group;
  const work = taskRun === undefined ? 'messages' : 'task';
  return { sandbox: sandboxName, run: runId, jid, folder, name, team, phase, work, openTurns: openTurns.length };
}

/** What works is told to stop as `/stop` does it, so that its work is not begun again; what rests just ends. */
async function stop({ say, driver }: LiveRoutesDeps, agent: LiveAgent): Promise<{ stopped: string }> {
  const { group, phase, sandboxName } = agent;
  if (phase === 'working' && group.team !== null) {
    throw new NanoError('message-refused', `a teammate stops with its lead: stop ${group.team.of}`);
  }
  if (phase === 'working') say(group.jid, '/stop');
  else await driver.stop(sandboxName);
  return { stopped: sandboxName };
}
