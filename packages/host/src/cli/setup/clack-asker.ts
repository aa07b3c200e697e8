import * as clack from '@clack/prompts';
import type { CliDeps } from '../cli-deps.ts';
import { neutralise } from '../terminal-text.ts';
import { type Asker, SetupCancelled } from './asker.ts';

/** Questions on a terminal. */
export function createClackAsker({ stdin, stdout }: Pick<CliDeps, 'stdin' | 'stdout'>, signal: AbortSignal): Asker {
  const common = { input: stdin, output: stdout, signal };

  function answered<T extends string | boolean>(answer: T | typeof clack.CANCEL_SYMBOL): T {
    if (clack.isCancel(answer)) throw new SetupCancelled();
    return answer as T;
  }

  return {
    canAskAgain: true,
    async text({ message, initial, isSecret, isOptional, problemWith }) {
      const validate = (given: string | undefined): string | undefined => {
        const value = given?.trim() ?? '';
        if (value === '') return isOptional ? undefined : 'it is needed';
        return problemWith?.(value);
      };
      const answer = isSecret
        ? await clack.password({ ...common, message, validate })
        : await clack.text({ ...common, message, validate, ...(initial !== undefined && { initialValue: initial }) });
      return (answered<string>(answer) ?? '').trim();
    },
    async choose({ message, choices, initial }) {
      const options = choices.map(({ value, label, hint }) => ({ value, label, ...(hint !== undefined && { hint }) }));
      return answered<string>(await clack.select({ ...common, message, options, initialValue: initial }));
    },
    confirm: async (_, message) => answered<boolean>(await clack.confirm({ ...common, message })),
    say(kind, text) {
      const shown = neutralise(text);
      if (kind === 'step') clack.log.step(shown, common);
      else if (kind === 'done') clack.log.success(shown, common);
      else if (kind === 'warning') clack.log.warn(shown, common);
      else clack.log.info(shown, common);
    },
  };
}
