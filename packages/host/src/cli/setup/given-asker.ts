import { NanoError } from '../../kernel/errors.ts';
import type { Asker } from './asker.ts';

/** Values that were given before, in the environment, a file or options: for scripts. */
export function createGivenAsker(
  answers: Readonly<Record<string, string | undefined>>,
  say: (text: string) => void,
): Asker {
  return {
    canAskAgain: false,
    async text({ name, initial, isOptional, problemWith }) {
      const value = answers[name]?.trim() || initial || '';
      if (value === '' && !isOptional) {
        throw new NanoError('usage', `${name} is needed: give it in the environment or with --from <file>`);
      }
      const problem = value === '' ? undefined : problemWith?.(value);
      if (problem !== undefined) throw new NanoError('usage', `${name}: ${problem}`);
      return value;
    },
    async choose({ name, choices, initial }) {
      const value = answers[name] ?? initial;
      if (choices.some((choice) => choice.value === value)) return value;
      const known = choices.map((choice) => choice.value).join(', ');
      throw new NanoError('usage', `${JSON.stringify(value)} is not one of: ${known}`);
    },
    // Whoever says --yes says it to everything that is usual.
    confirm: async () => true,
    say: (_, text) => say(text),
  };
}
