import type { Base } from './app-base.ts';
import { type AnswerDeps, answerGroup } from './flows/answer-group.ts';
import { createQueueRunner, type QueueRunner } from './flows/queue-runner.ts';
import { type RunTaskDeps, runNextTask } from './flows/run-task.ts';
import { startTaskLoop, type TaskLoop } from './flows/task-loop.ts';

/** The queue: a group that gets its turn does a claimed run of a task, if it has one, else it answers messages. */
export function createTurnQueue(
  { config, log }: Pick<Base, 'config' | 'log'>,
  deps: AnswerDeps & RunTaskDeps & { readonly random: () => number },
): QueueRunner {
  return createQueueRunner({
    cap: config.variables.MAX_CONCURRENT_CONTAINERS,
    clock: deps.clock,
    random: deps.random,
    // Asynchronous, so that a store that fails is a run that fails.
    run: async (chatJid) => runNextTask(deps, chatJid) ?? answerGroup(deps, chatJid),
    close: deps.liveAgents.close,
    afterRun: deps.reconsider,
    log,
  });
}

/** Claims the runs of scheduled tasks until the host takes nothing new. */
export function startTasks({ config }: Base, deps: RunTaskDeps, signal: AbortSignal): TaskLoop {
  return startTaskLoop({ ...deps, timezone: config.timezone }, signal);
}
