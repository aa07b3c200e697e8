import { Hono } from 'hono';
import { z } from 'zod';
import { findGroup } from '../flows/manage-groups.ts';
import { keepMemory, type MemoryHistoryDeps, restoreMemory } from '../flows/memory-history.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { known } from './known.ts';

/** Most versions that are listed at once. */
export const MAX_LISTED_VERSIONS = 100;

const Page = z.object({
  before: z.coerce.number().int().positive().default(Number.MAX_SAFE_INTEGER),
  limit: z.coerce.number().int().min(1).max(MAX_LISTED_VERSIONS).default(30),
});

const VersionId = z.coerce.number().int().positive();

/** What agents remember: the versions of their files, one at a time, and the way back to one. */
export function memoryRoutes(memory: MemoryHistoryDeps, groups: GroupStore): Hono {
  const app = new Hono();
  const folderOf = (name: string): string =>
    name === 'global' ? name : known(findGroup(groups, name), `there is no group ${name}`).folder;
  app.get('/:name', (c) => {
    const folder = folderOf(c.req.param('name'));
    const { before, limit } = Page.parse(c.req.query());
    // What an agent has written since its last run is a version, too, once somebody looks.
    if (c.req.query('before') === undefined) keepMemory(memory, { folder, isMain: false }, null);
    return c.json(memory.memory.outline(folder, before, limit));
  });
  app.get('/:name/:version', (c) => {
    const folder = folderOf(c.req.param('name'));
    const id = VersionId.parse(c.req.param('version'));
    return c.json(known(memory.memory.find(folder, id), `there is no version ${id} of ${folder}`));
  });
  app.post('/:name/:version/restore', (c) => {
    const { content: _, ...version } = restoreMemory(
      memory,
      folderOf(c.req.param('name')),
      VersionId.parse(c.req.param('version')),
    );
    return c.json(version);
  });
  return app;
}
