import type { SkillPackage } from '@nanoclaw/skills/skill-package.js';
import { type Command, Option } from 'commander';
import { type CommandContext, EXIT } from '../command-context.ts';
import { withEngine } from '../skills-engine.ts';
import { formatTable, neutralise } from '../terminal-text.ts';
import { asChange, type ChangeOptions, carryOut } from './skill-changes.ts';

interface JsonOption {
  readonly json?: true;
}

/** Commands for who writes skills, and changes of their own. */
export function addSkillWritingCommands(skills: Command, context: CommandContext): void {
  skills
    .command('verify')
    .description('compare the tree with what was applied; exit code 1 when something differs')
    .option('--json', 'print a JSON object')
    .action((options: JsonOption) => verify(options, context));
  skills
    .command('new')
    .description('make the folder of a skill of your own that works as it is')
    .argument('<name>', 'such as add-weather')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['feature', 'container', 'guide']).default('feature'))
    .option('--json', 'print a JSON object')
    .action((name: string, options: JsonOption & { kind: SkillPackage['kind'] }) => makeSkill(name, options, context));
  const customise = skills
    .command('customise')
    .description('record a change of your own, which updates then carry along');
  customise
    .command('start')
    .description('note how the project is; then change what you like')
    .action(async () => {
      const { startCustomising } = await import('@nanoclaw/skills/customise.js');
      const files = await withEngine(context, startCustomising);
      context.out.print(`noted ${files} files; change what you like, then: nanoclaw skills customise finish <name>`);
    });
  asChange(customise.command('finish'), 'record what was changed since')
    .argument('<name>', 'what the change is called, such as my-greeting')
    .action(async (name: string, options: ChangeOptions) => {
      const { finishCustomising } = await import('@nanoclaw/skills/customise.js');
      await carryOut((deps) => finishCustomising(deps, name), options, context);
    });
  customise
    .command('abort')
    .description('record nothing; the files stay as they are now')
    .action(async () => {
      const { abortCustomising } = await import('@nanoclaw/skills/customise.js');
      await withEngine(context, abortCustomising);
      context.out.print('nothing is recorded; the files stay as they are');
    });
}

async function verify(options: JsonOption, context: CommandContext): Promise<void> {
  const { out, finish } = context;
  const { verifySkills } = await import('@nanoclaw/skills/verify.js');
  const found = await withEngine(context, async (deps) => verifySkills(deps));
  const isGood = found.drift.length === 0 && !found.isCutOff;
  if (options.json) out.json({ ok: isGood, ...found });
  else if (found.drift.length > 0) {
    const rows = found.drift.map(({ path, problem, by }) => [path, problem, by.join(', ')].map(neutralise));
    out.print(formatTable([['FILE', 'IS', 'TOUCHED BY'], ...rows]));
  }
  if (found.isCutOff) out.note('a command was killed: the next one that changes skills undoes or ends it first');
  if (isGood) out.note(`${found.skills.length} applied, ${found.files} files as they should be`);
  else finish(EXIT.failed);
}

async function makeSkill(
  name: string,
  options: JsonOption & { kind: SkillPackage['kind'] },
  context: CommandContext,
): Promise<void> {
  const { out } = context;
  const { newSkill } = await import('@nanoclaw/skills/new-skill.js');
  const files = await withEngine(context, async (deps) => newSkill(deps, { name, kind: options.kind }));
  if (options.json) return out.json({ name, files });
  out.print(['made', ...files.map((path) => `  ${path}`)].join('\n'));
  out.note(`docs/skills.md tells the rest; try it: nanoclaw skills show ${name}`);
}
