import type { EngineDeps } from '@nanoclaw/skills/engine.js';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { CommandContext } from './command-context.ts';
import { confirm } from './confirm.ts';
import { createProgressLine } from './progress-line.ts';

/** The engine and what it needs of this program. It is loaded when a command on skills runs, and never by the host. */
export async function withEngine<T>(
  context: CommandContext,
  act: (deps: EngineDeps) => Promise<T>,
  options: { yes?: true } = {},
): Promise<T> {
  const { deps, out } = context;
  const { SkillError } = await import('@nanoclaw/skills/skill-error.js');
  const progress = createProgressLine(deps.stderr);
  const engine: EngineDeps = {
    root: deps.checkout,
    coreVersion: deps.version,
    environment: deps.environment,
    now: () => new Date(deps.now()).toISOString(),
    newId: () => newId('skills'),
    onStep: progress,
    report(line) {
      progress('');
      out.note(line);
    },
    async approve(plan) {
      out.note([`plan: ${plan.what}`, ...plan.lines.map((line) => `  ${line}`)].join('\n'));
      return options.yes === true || confirm(deps, 'carry it out?', plan.what);
    },
  };
  try {
    return await act(engine);
  } catch (error) {
    throw error instanceof SkillError ? new NanoError('skill-refused', error.message) : error;
  } finally {
    progress('');
  }
}
