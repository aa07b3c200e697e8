import type { ListedSkill } from '@nanoclaw/skills/catalogue.js';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { withEngine } from '../skills-engine.ts';
import { formatTable, neutralise } from '../terminal-text.ts';
import { addSkillChangeCommands } from './skill-changes.ts';
import { addSkillWritingCommands } from './skill-writing.ts';

interface JsonOption {
  readonly json?: true;
}

export function addSkillsCommand(program: Command, context: CommandContext): void {
  const skills = program
    .command('skills')
    .description('change the assistant: skills that are there, applied, your own');
  skills
    .command('list')
    .description('list the skills of .claude/skills and which are applied')
    .option('--json', 'print a JSON array')
    .action((options: JsonOption) => listAll(options, context));
  skills
    .command('show')
    .description('tell what a skill is and what it would do')
    .argument('<name>', 'its name as listed')
    .option('--json', 'print a JSON object')
    .action((name: string, options: JsonOption) => showOne(name, options, context));
  addSkillChangeCommands(skills, context);
  addSkillWritingCommands(skills, context);
}

async function listAll(options: JsonOption, context: CommandContext): Promise<void> {
  const { out } = context;
  const { listSkills } = await import('@nanoclaw/skills/catalogue.js');
  const all: readonly ListedSkill[] = await withEngine(context, async (deps) => listSkills(deps));
  if (options.json) return out.json(all);
  if (all.length === 0) return out.note('there are no skills in .claude/skills: nanoclaw skills new makes one');
  const rows = all.map(({ name, kind, version, isApplied, appliedVersion, description }) => {
    const applied = isApplied ? (appliedVersion ?? 'yes') : '';
    return [name, kind, version ?? '', applied, shorten(description)].map(neutralise);
  });
  out.print(formatTable([['NAME', 'KIND', 'VERSION', 'APPLIED', 'WHAT IT IS'], ...rows]));
}

const SHOWN_CHARACTERS = 80;

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text;
}

async function showOne(name: string, options: JsonOption, context: CommandContext): Promise<void> {
  const { out } = context;
  const { showSkill } = await import('@nanoclaw/skills/show.js');
  const shown = await withEngine(context, async (deps) => showSkill(deps, name));
  if (options.json) return out.json(shown);
  out.print([shown.name, '', shown.description, '', ...shown.lines].join('\n'));
}
