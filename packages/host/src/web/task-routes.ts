import { TaskChange, TaskWish } from '@nanoclaw/protocol';
import { Hono } from 'hono';
import { z } from 'zod';
import { findGroup } from '../flows/manage-groups.ts';
import {
  cancelTask,
  changeTask,
  findTask,
  type ManageTasksDeps,
  pauseTask,
  resumeTask,
  runTaskNow,
  scheduleTask,
  showTask,
} from '../flows/manage-tasks.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { known } from './known.ts';

const NewTask = TaskWish.extend({ group: z.string().min(1) });

/** Tasks of all groups, as the owner sees and changes them. */
export function taskRoutes(manage: ManageTasksDeps, groups: GroupStore): Hono {
  const app = new Hono();
  const asked = (id: string) => findTask(manage, id);
  app.get('/', (c) => c.json(manage.tasks.details()));
  app.get('/:id', (c) => c.json(showTask(manage, c.req.param('id'))));
  app.post('/', async (c) => {
    const { group: name, ...wish } = NewTask.parse(await c.req.json());
    const group = known(findGroup(groups, name), `there is no group ${name}: see nanoclaw groups list`);
    return c.json(scheduleTask(manage, group, wish), 201);
  });
  app.patch('/:id', async (c) => {
    const change = TaskChange.strict().parse(await c.req.json());
    return c.json(changeTask(manage, asked(c.req.param('id')), change));
  });
  app.post('/:id/run', (c) => c.json(runTaskNow(manage, asked(c.req.param('id')))));
  app.post('/:id/pause', (c) => c.json(pauseTask(manage, asked(c.req.param('id')))));
  app.post('/:id/resume', (c) => c.json(resumeTask(manage, asked(c.req.param('id')))));
  app.delete('/:id', (c) => {
    const task = asked(c.req.param('id'));
    cancelTask(manage, task);
    return c.json(task);
  });
  return app;
}
