import { isMainRequest } from './main-request.ts';
import type { MessagesRequest } from './messages-request.ts';
import type { ModelScript, ScriptStep } from './step.ts';

export type ScriptQueue = {
  add(steps: ModelScript): void;
  /** Takes the first step that answers this request; undefined when none does. */
  take(request: MessagesRequest): ScriptStep | undefined;
  clear(): void;
  /** How many answers are left: a step with `repeat: 3` counts as three. */
  pending(): number;
};

/** The scripted answers that are still to be given. Only requests of the main loop take from it. */
export function createScriptQueue(script: ModelScript = []): ScriptQueue {
  let waiting: { step: ScriptStep; left: number }[] = [];

  function add(steps: ModelScript): void {
    waiting.push(...steps.map((step) => ({ step, left: step.repeat ?? 1 })));
  }

  function take(request: MessagesRequest): ScriptStep | undefined {
    if (!isMainRequest(request)) return undefined;
    const entry = waiting.find(({ step, left }) => left > 0 && (step.when?.(request) ?? true));
    if (entry === undefined) return undefined;
    entry.left -= 1;
    waiting = waiting.filter(({ left }) => left > 0);
    return entry.step;
  }

  add(script);
  return {
    add,
    take,
    clear: () => {
      waiting = [];
    },
    pending: () => waiting.reduce((sum, { left }) => sum + left, 0),
  };
}
