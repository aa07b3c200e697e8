import { LIMITS } from './limits.ts';

/** Programs of the project's own node_modules and of Node; none of them downloads, and none is a shell. */
export const PROGRAMS = ['node', 'npm', 'npx', 'vitest', 'tsc', 'biome', 'tsx'] as const;

/** Options that take a program text as their value. */
const TEXT_OPTIONS =
  /^(-e|-p|-pe|--eval|--print|-c|--call|-r|--require|--import|--loader|--experimental-loader|--env-file)(=|$)/;
const SHELL_SIGNS = /[\p{C}`;|<>]|\$\(|\$\{|&&/u;

/** Packages that npx may run: what is installed already. */
const NPX = ['vitest', 'tsc', 'biome', 'tsx'];

/**
 * Why a command of a manifest may not run; undefined when it may. A command is a list of words, given to a program as
 * they are: no shell reads them, so what only a shell would understand is a mistake or an attack.
 */
export function commandProblem(words: readonly string[]): string | undefined {
  const [program = '', ...rest] = words;
  if (words.length > LIMITS.commandWords) return `has more than ${LIMITS.commandWords} words`;
  if (!(PROGRAMS as readonly string[]).includes(program)) {
    return `begins with ${JSON.stringify(program)}; allowed are ${PROGRAMS.join(', ')}`;
  }
  for (const word of rest) {
    if (word.length > LIMITS.wordCharacters) return `has a word of more than ${LIMITS.wordCharacters} characters`;
    if (SHELL_SIGNS.test(word)) return `has the word ${JSON.stringify(word)}: words are not read by a shell`;
    if (word.startsWith('/') || word.split(/[/=]/).includes('..'))
      return `has the word ${word}, which leaves the project`;
    if (TEXT_OPTIONS.test(word)) return `has ${word}: a program is a file of the skill, never a text in the manifest`;
  }
  if (program === 'npm' && rest[0] !== 'run' && rest[0] !== 'test') return 'may only be npm run or npm test';
  if (program === 'npx' && !NPX.includes(rest[0] ?? '')) return `may run with npx only ${NPX.join(', ')}`;
  return undefined;
}

/** A command as a person would type it, for plans and errors. */
export function showCommand(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
}
