import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SANDBOX_PATHS, TASK_SNAPSHOT_FILE, TaskSnapshot } from '@nanoclaw/protocol';
import { z } from 'zod';
import { defineTool, type Tool } from './mcp-server.ts';
import { toolResult } from './tool-result.ts';

const PROMPT_CHARS = 50;

/** `list_tasks`: the scheduled tasks this chat may see, from the snapshot the host keeps in `ipc`. */
export function listTasksTool(ipc: string): Tool {
  return defineTool({
    name: 'list_tasks',
    description: `List the scheduled tasks, from the main chat those of all chats. ${SANDBOX_PATHS.ipc}/${TASK_SNAPSHOT_FILE} has them in full.`,
    isAlwaysLoaded: false,
    args: z.object({}),
    async run() {
      const tasks = readSnapshot(join(ipc, TASK_SNAPSHOT_FILE));
      if (tasks === undefined) return toolResult('The list of scheduled tasks cannot be read.', true);
      if (tasks.length === 0) return toolResult('No scheduled tasks found.');
      return toolResult(`Scheduled tasks:\n${tasks.map(formatTask).join('\n')}`);
    },
  });
}

/** A missing file means that no task was ever made; undefined means that there is one which makes no sense. */
function readSnapshot(path: string): TaskSnapshot | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  try {
    return TaskSnapshot.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function formatTask(task: TaskSnapshot[number]): string {
  const prompt = task.prompt.slice(0, PROMPT_CHARS);
  const when = `${task.schedule_type}: ${task.schedule_value}`;
  return `- [${task.id}] ${prompt}... (${when}) - ${task.status}, next: ${task.next_run ?? 'N/A'}`;
}
