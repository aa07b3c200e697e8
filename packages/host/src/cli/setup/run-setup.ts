import { describeError, NanoError } from '../../kernel/errors.ts';
import { SetupCancelled } from './asker.ts';
import type { SetupContext, SetupStep } from './step.ts';
import { channelStep } from './steps/channel.ts';
import { nameStep, timezoneStep } from './steps/identity.ts';
import { mainChatStep } from './steps/main-chat.ts';
import { modelStep } from './steps/model.ts';
import { mountsStep } from './steps/mounts.ts';
import { sandboxStep } from './steps/sandbox.ts';
import { serviceStep } from './steps/service.ts';

const STEPS: readonly SetupStep[] = [
  sandboxStep,
  modelStep,
  nameStep,
  timezoneStep,
  channelStep,
  mainChatStep,
  mountsStep,
  serviceStep,
];

/** How a step ended. `kept` was done before and is still true; `none` is what the owner does not want. */
export type StepEnd = 'done' | 'kept' | 'skipped' | 'none' | 'failed';

export type OnStep = (step: string, end: StepEnd, detail: string) => void;

export interface SetupPlan {
  readonly skip: readonly string[];
  /** Only these, whether or not they are done. */
  readonly only: readonly string[] | undefined;
}

/** Throws 'usage' for a step that there is none of. */
export function planSetup(what: string | undefined, skip: readonly string[], channels: readonly string[]): SetupPlan {
  const names = STEPS.map(({ name }) => name);
  for (const name of skip) {
    if (!names.includes(name)) throw new NanoError('usage', `there is no step ${name}: steps are ${names.join(', ')}`);
  }
  if (what === undefined) return { skip, only: undefined };
  if (names.includes(what)) return { skip, only: [what] };
  if (channels.includes(what)) return { skip, only: ['channel', 'main'] };
  const known = [...names, ...channels].join(', ');
  throw new NanoError('usage', `there is nothing called ${what} to set up: it may be ${known}`);
}

/** Goes through the steps. False when one could not be done; those before it stay done. Throws SetupCancelled. */
export async function runSetup(context: SetupContext, plan: SetupPlan, onStep: OnStep): Promise<boolean> {
  for (const step of STEPS) {
    if (plan.only !== undefined && !plan.only.includes(step.name)) continue;
    if (plan.skip.includes(step.name)) {
      onStep(step.name, 'skipped', 'left out');
      continue;
    }
    const isForced = plan.only?.length === 1;
    if (!(await runStep(context, step, { isForced, onStep }))) return false;
  }
  return true;
}

async function runStep(
  context: SetupContext,
  step: SetupStep,
  { isForced, onStep }: { isForced: boolean; onStep: OnStep },
): Promise<boolean> {
  const { ask, signal } = context;
  for (;;) {
    try {
      const known = isForced ? undefined : await step.look(context);
      if (known !== undefined) {
        ask.say('done', `${step.title}: ${known}`);
        onStep(step.name, 'kept', known);
        return true;
      }
      const done = await step.act(context);
      ask.say('done', `${step.title}: ${done ?? 'not now'}`);
      onStep(step.name, done === undefined ? 'none' : 'done', done ?? 'not now');
      return true;
    } catch (error) {
      if (error instanceof SetupCancelled || signal.aborted) throw new SetupCancelled();
      if (!ask.canAskAgain) {
        onStep(step.name, 'failed', describeError(error));
        throw error;
      }
      if (await isLeftOut(context, step, error)) {
        onStep(step.name, 'failed', describeError(error));
        return step.name !== 'sandbox';
      }
    }
  }
}

/** Whether the owner goes on without it; false tries again. */
async function isLeftOut({ ask }: SetupContext, step: SetupStep, error: unknown): Promise<boolean> {
  ask.say('warning', `${step.title}: ${describeError(error)}`);
  const choices = [
    { value: 'again', label: 'try again' },
    { value: 'later', label: step.name === 'sandbox' ? 'stop here' : 'go on without it' },
  ];
  return (await ask.choose({ name: 'RETRY', message: 'What now?', choices, initial: 'again' })) === 'later';
}
