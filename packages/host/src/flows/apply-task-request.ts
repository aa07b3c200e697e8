import type { RequestAnswer, TaskRequest } from '@nanoclaw/protocol';
import type { Requester } from '../access/request-rights.ts';
import { assertNever, NanoError } from '../kernel/errors.ts';
import type { TaskDetail } from '../tasks/task.ts';
import {
  cancelTask,
  changeTask,
  findTask,
  type ManageTasksDeps,
  pauseTask,
  resumeTask,
  scheduleTask,
} from './manage-tasks.ts';

type Scheduling = Extract<TaskRequest, { type: 'schedule_task' }>;
type Handling = Extract<TaskRequest, { taskId: string; type: `${string}_task` }>;

/**
 * What an agent asks about tasks. Whose task it is decides: main may know of all, another group of its own; a task of
 * somebody else's is answered as one that is not there. Throws 'task-refused' and 'not-found'.
 */
export function applyTaskRequest(
  deps: ManageTasksDeps,
  requester: Requester,
  request: Scheduling | Handling,
): RequestAnswer {
  if (request.type === 'schedule_task') return schedule(deps, requester, request);
  const task = findTask(deps, request.taskId, requester.isMain ? undefined : requester.folder);
  switch (request.type) {
    case 'pause_task':
      return describe(pauseTask(deps, task));
    case 'resume_task':
      return describe(resumeTask(deps, task));
    case 'cancel_task':
      cancelTask(deps, task);
      return { ok: true, taskId: task.id };
    case 'update_task': {
      const { id: _, type: _type, taskId: _task, ...change } = request;
      return describe(changeTask(deps, task, change));
    }
    default:
      return assertNever(request);
  }
}

function schedule(deps: ManageTasksDeps, requester: Requester, request: Scheduling): RequestAnswer {
  const { id: _, type: _type, targetJid = requester.jid, ...wish } = request;
  const group = deps.groups.find(targetJid);
  if (group === undefined) throw new NanoError('not-found', `chat ${targetJid} is not registered`);
  return describe(scheduleTask(deps, group, wish));
}

function describe({ id, status, nextRun }: TaskDetail): RequestAnswer {
  return { ok: true, taskId: id, status, nextRun };
}
