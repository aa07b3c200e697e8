import { z } from 'zod';

/** `current_tasks.json`: the tasks a group may see (main sees all), as v1 writes it. */
export const TaskSnapshot = z.array(
  z.object({
    id: z.string(),
    groupFolder: z.string(),
    prompt: z.string(),
    script: z.string().nullable().optional(),
    schedule_type: z.string(),
    schedule_value: z.string(),
    status: z.string(),
    next_run: z.string().nullable(),
  }),
);
export type TaskSnapshot = z.infer<typeof TaskSnapshot>;

/** `available_groups.json`: chats main could register; other groups get an empty list. */
export const GroupSnapshot = z.object({
  groups: z.array(z.object({ jid: z.string(), name: z.string(), lastActivity: z.string(), isRegistered: z.boolean() })),
  lastSync: z.string(),
});
export type GroupSnapshot = z.infer<typeof GroupSnapshot>;
