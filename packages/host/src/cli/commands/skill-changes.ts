import type { Outcome } from '@nanoclaw/skills/apply.js';
import type { EngineDeps } from '@nanoclaw/skills/engine.js';
import type { Command } from 'commander';
import { type CommandContext, EXIT } from '../command-context.ts';
import { withEngine } from '../skills-engine.ts';

interface ChangeOptions {
  readonly json?: true;
  readonly yes?: true;
  readonly group?: string[];
}

type Change = (deps: EngineDeps) => Promise<Outcome>;

/** Commands that change files: each shows its plan, asks, and does all of it or nothing. */
export function addSkillChangeCommands(skills: Command, context: CommandContext): void {
  change(skills.command('apply'), 'lay a skill over the core, or another version of it in its place')
    .argument('<name>', 'its name as listed')
    .option('--group <folder...>', 'give a skill for agents to these groups only')
    .addHelpText('after', '\nExample:\n  nanoclaw skills apply add-ocr')
    .action(async (name: string, options: ChangeOptions) => {
      const { applySkill } = await import('@nanoclaw/skills/apply.js');
      const { group: groups = [] } = options;
      return carryOut((deps) => applySkill(deps, { name, groups }), options, context);
    });
  change(skills.command('uninstall'), 'take a skill, or a recorded change of yours, away without a trace')
    .argument('<name>', 'its name as listed')
    .action(async (name: string, options: ChangeOptions) => {
      const { uninstallSkill } = await import('@nanoclaw/skills/uninstall.js');
      return carryOut((deps) => uninstallSkill(deps, name), options, context);
    });
}

function change(command: Command, description: string): Command {
  return command
    .description(description)
    .option('--yes', 'do not ask; the plan is shown all the same')
    .option('--json', 'print the plan and what became of it as a JSON object');
}

async function carryOut(act: Change, options: ChangeOptions, context: CommandContext): Promise<void> {
  const { out, finish } = context;
  const { plan, isDone } = await withEngine(context, act, options.yes ? { yes: true } : {});
  if (options.json) out.json({ what: plan.what, done: isDone, plan: plan.lines });
  else if (isDone) out.print(`done: ${plan.what}; npm start builds and runs what changed`);
  if (isDone) return;
  out.note('nothing was changed');
  finish(EXIT.failed);
}
