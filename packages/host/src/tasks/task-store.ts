import type { TaskSnapshot } from '@nanoclaw/protocol';
import type { Database } from '../store/open-store.ts';

export type TaskStore = ReturnType<typeof createTaskStore>;

/** Scheduled tasks as agents may see them. */
export function createTaskStore(database: Database) {
  const columns = `id, group_folder AS groupFolder, prompt, script, schedule_type, schedule_value,
    COALESCE(status, 'active') AS status, next_run`;
  const all = database.prepare(`SELECT ${columns} FROM scheduled_tasks ORDER BY created_at, id`);
  const own = database.prepare(`SELECT ${columns} FROM scheduled_tasks WHERE group_folder = ? ORDER BY created_at, id`);

  return {
    /** Main sees every task, another group its own. */
    visibleTo(group: { folder: string; isMain: boolean }): TaskSnapshot {
      return (group.isMain ? all.all() : own.all(group.folder)) as TaskSnapshot;
    },
  };
}
