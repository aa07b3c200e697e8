import { parseDocument } from 'yaml';
import { z } from 'zod';
import { SKILL_NAME } from './manifest.ts';

/** The head of a SKILL.md as the Agent Skills format has it; fields of other products are left alone. */
const Head = z.object({
  name: SKILL_NAME,
  description: z.string().regex(/\S/, 'must say what the skill does and when to use it').max(1024),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

export interface SkillText {
  readonly name: string;
  readonly description: string;
  /** `metadata: {kind: container}` makes it a skill for agents. */
  readonly isForAgents: boolean;
}

/** Reads the head of a SKILL.md, or tells everything that is wrong with it. */
export function parseSkillText(text: string, folder: string): { head: SkillText } | { problems: string[] } {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text);
  if (!match) return { problems: ['SKILL.md does not begin with a head: ---, name: …, description: …, ---'] };
  const document = parseDocument(match[1] ?? '', { schema: 'core', uniqueKeys: true, logLevel: 'silent' });
  if (document.errors.length > 0) {
    return { problems: document.errors.map(({ message }) => `SKILL.md: ${message.split('\n')[0]}`) };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return { problems: ['SKILL.md uses aliases (&name, *name) in its head; write every value out'] };
  }
  const parsed = Head.safeParse(value);
  if (!parsed.success) {
    return { problems: parsed.error.issues.map((issue) => `SKILL.md: ${issue.path.join('.')}: ${issue.message}`) };
  }
  const { name, description, metadata } = parsed.data;
  if (name !== folder)
    return { problems: [`SKILL.md: name: is ${name}, but its folder is ${folder}; both must be the same`] };
  return { head: { name, description, isForAgents: metadata?.['kind'] === 'container' } };
}
