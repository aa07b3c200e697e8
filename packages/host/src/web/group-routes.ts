import { Hono } from 'hono';
import { z } from 'zod';
import type { ApplyGroupDeps } from '../flows/apply-group-request.ts';
import { changeGroup, findGroup, registerGroup, removeGroup } from '../flows/manage-groups.ts';
import { type MemoryHistoryDeps, restoreMemory } from '../flows/memory-history.ts';
import { GroupRegistration } from '../groups/group.ts';
import { known } from './known.ts';

/** Registrations, by chat id or folder. */
export function groupRoutes(manage: ApplyGroupDeps, memory: MemoryHistoryDeps): Hono {
  const app = new Hono();
  const { groups } = manage;
  app.get('/', (c) => c.json(groups.list()));
  app.get('/:name', (c) => c.json(known(findGroup(groups, c.req.param('name')), noGroup(c.req.param('name')))));
  app.post('/', async (c) => {
    const group = registerGroup(manage, GroupRegistration.parse(await c.req.json()));
    manage.onGroupsChanged();
    return c.json(group, 201);
  });
  app.patch('/:name', async (c) => {
    const group = known(findGroup(groups, c.req.param('name')), noGroup(c.req.param('name')));
    const changed = changeGroup(manage, group, await c.req.json());
    manage.onGroupsChanged();
    return c.json(changed);
  });
  app.delete('/:name', (c) => {
    const group = known(findGroup(groups, c.req.param('name')), noGroup(c.req.param('name')));
    removeGroup(manage, group);
    manage.onGroupsChanged();
    return c.json(group);
  });
  app.get('/:name/history', (c) => c.json(memory.memory.list(folderOf(manage, c.req.param('name')))));
  app.post('/:name/history/:version/restore', (c) => {
    const version = z.coerce.number().int().positive().parse(c.req.param('version'));
    return c.json(restoreMemory(memory, folderOf(manage, c.req.param('name')), version));
  });
  return app;
}

/** Everybody's memory has versions like that of a group. */
function folderOf({ groups }: ApplyGroupDeps, name: string): string {
  return name === 'global' ? name : known(findGroup(groups, name), noGroup(name)).folder;
}

const noGroup = (name: string): string => `there is no group ${name}: see nanoclaw groups list`;
