import type { EngineDeps } from '@nanoclaw/skills/engine.js';
import type { Outcome } from '@nanoclaw/skills/transaction.js';
import type { Command } from 'commander';
import { type CommandContext, EXIT } from '../command-context.ts';
import { withEngine } from '../skills-engine.ts';

export interface ChangeOptions {
  readonly json?: true;
  readonly yes?: true;
  readonly group?: string[];
  readonly test?: boolean;
}

type Change = (deps: EngineDeps) => Promise<Outcome>;

/** Commands that change files: each shows its plan, asks, and does all of it or nothing. */
export function addSkillChangeCommands(skills: Command, context: CommandContext): void {
  asChange(skills.command('apply'), 'lay a skill over the core, or another version of it in its place')
    .argument('<name>', 'its name as listed')
    .option('--group <folder...>', 'give a skill for agents to these groups only')
    .option('--no-test', 'leave the test of the skill out')
    .addHelpText('after', '\nExample:\n  nanoclaw skills apply add-ocr')
    .action(async (name: string, options: ChangeOptions) => {
      const { applySkill } = await import('@nanoclaw/skills/apply.js');
      const { group: groups = [], test } = options;
      await carryOut((deps) => applySkill(deps, { name, groups, skipsTest: test === false }), options, context);
    });
  asChange(skills.command('uninstall'), 'take a skill, or a recorded change of yours, away without a trace')
    .argument('<name>', 'its name as listed')
    .action(async (name: string, options: ChangeOptions) => {
      const { uninstallSkill } = await import('@nanoclaw/skills/uninstall.js');
      await carryOut((deps) => uninstallSkill(deps, name), options, context);
    });
  asChange(skills.command('rebase'), 'bring the core to another revision, with skills and local changes laid over it')
    .argument('[revision]', 'of git, such as origin/main; without it the tree was updated already')
    .addHelpText('after', '\nExample:\n  git fetch && nanoclaw skills rebase origin/main')
    .action((revision: string | undefined, options: ChangeOptions) => runRebase(revision, options, context));
  asChange(
    skills.command('replay'),
    'lay all skills over a tree that has none of them, such as a fresh checkout',
  ).action(async (options: ChangeOptions) => {
    const { replaySkills } = await import('@nanoclaw/skills/rebase.js');
    await carryOut(replaySkills, options, context);
  });
}

export function asChange(command: Command, description: string): Command {
  return command
    .description(description)
    .option('--yes', 'do not ask; the plan is shown all the same')
    .option('--json', 'print the plan and what became of it as a JSON object');
}

export async function carryOut(act: Change, options: ChangeOptions, context: CommandContext): Promise<boolean> {
  const { out, finish } = context;
  const { plan, isDone } = await withEngine(context, act, options.yes ? { yes: true } : {});
  if (options.json) out.json({ what: plan.what, done: isDone, plan: plan.lines });
  else if (isDone) out.print(`done: ${plan.what}; npm start builds and runs what changed`);
  if (isDone) return true;
  out.note('nothing was changed');
  finish(EXIT.failed);
  return false;
}

async function runRebase(revision: string | undefined, options: ChangeOptions, context: CommandContext): Promise<void> {
  const [{ rebaseSkills }, { moveHead }] = await Promise.all([
    import('@nanoclaw/skills/rebase.js'),
    import('@nanoclaw/skills/core-update.js'),
  ]);
  const isDone = await carryOut((deps) => rebaseSkills(deps, revision), options, context);
  if (!isDone || revision === undefined) return;
  const { deps, out } = context;
  if (moveHead(deps.checkout, revision)) out.note(`git is at ${revision}; what skills changed are changes over it`);
  else out.note('you have commits of your own, so git stays where it is: look at git diff, and commit it');
}
