import { createInterface } from 'node:readline/promises';
import type { EngineDeps } from '@nanoclaw/skills/engine.js';
import type { Plan } from '@nanoclaw/skills/plan.js';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { CommandContext } from './command-context.ts';
import { createProgressLine } from './progress-line.ts';
import { watchStopSignals } from './stop-signals.ts';

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
      return options.yes === true || askToProceed(context, plan);
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

async function askToProceed({ deps }: CommandContext, plan: Plan): Promise<boolean> {
  if (!deps.stdin.isTTY) {
    throw new NanoError('usage', `nobody can be asked whether to ${plan.what}: look at the plan, then add --yes`);
  }
  const stops = watchStopSignals(deps);
  const lines = createInterface({ input: deps.stdin, output: deps.stderr });
  try {
    const answer = await lines.question('carry it out? [y/N] ', { signal: stops.first });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (stops.first.aborted) return false;
    throw error;
  } finally {
    lines.close();
    stops.end();
  }
}
