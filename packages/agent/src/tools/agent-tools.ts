import type { AgentInput } from '@nanoclaw/protocol';
import { askUserTool } from './ask-user.ts';
import { groupTools } from './group-tools.ts';
import { listTasksTool } from './list-tasks.ts';
import type { Mailbox } from './mailbox.ts';
import type { Tool } from './mcp-server.ts';
import { scheduleTaskTool, taskActionTools, updateTaskTool } from './schedule-task.ts';
import { searchHistoryTool } from './search-history.ts';
import { reactTool, sendFileTool } from './send-file.ts';
import { sendMessageTool } from './send-message.ts';
import { teamTools } from './team-tools.ts';

/** The tools of a session. What only the main chat may do is offered to nobody else; the host refuses it anyway. */
export function agentTools(input: AgentInput, { mailbox, ipc }: { mailbox: Mailbox; ipc: string }): Tool[] {
  const common = [
    sendMessageTool(mailbox, input.chatJid),
    sendFileTool(mailbox, input.chatJid),
    searchHistoryTool(mailbox),
  ];
  // A teammate speaks and remembers; everything else is its lead's.
  if (input.team !== undefined) return common;
  const taskDeps = { mailbox, timezone: input.timezone };
  return [
    ...common,
    reactTool(mailbox),
    askUserTool(mailbox),
    scheduleTaskTool(taskDeps),
    listTasksTool(ipc),
    updateTaskTool(taskDeps),
    ...taskActionTools(taskDeps),
    ...teamTools(mailbox),
    ...(input.isMain ? groupTools(mailbox) : []),
  ];
}
