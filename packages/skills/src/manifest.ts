import { parseDocument } from 'yaml';
import { z } from 'zod';
import { commandProblem } from './commands.ts';
import { LIMITS } from './limits.ts';
import { npmNameProblem, npmVersionProblem } from './npm-dependencies.ts';
import { pathProblem } from './project-paths.ts';
import { isRange, parseVersion, RANGE_RULE } from './versions.ts';

/** Refuses with the reason that a rule gives. */
function ruled(rule: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const problem = rule(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
}

const NAME_RULE = 'lower-case words of a-z and 0-9 with "-" between them, 64 characters at most, such as add-weather';
export const SKILL_NAME = z.string().regex(/^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/, `must be ${NAME_RULE}`);

const path = ruled(pathProblem);
const line = (most: number) =>
  z.string().regex(new RegExp(`^(?! )[^\\p{C}]{1,${most}}$`, 'u'), `must be one line of 1 to ${most} characters`);
const lines = z
  .string()
  .min(1)
  .max(LIMITS.fileBytes)
  .regex(/^(?:[\t\n]|[^\p{Cc}\p{Cf}])*$/u, 'must be text without control characters');

const command = z
  .array(z.string())
  .min(1)
  .superRefine((words, context) => {
    const problem = commandProblem(words);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const Edit = z.union(
  [
    z.strictObject({ after: lines, insert: lines }),
    z.strictObject({ before: lines, insert: lines }),
    z.strictObject({ replace: lines, with: z.union([lines, z.literal('')]) }),
  ],
  { error: 'must be {after, insert}, {before, insert} or {replace, with}, all of them text' },
);

const Modification = z.union(
  [path.transform((at) => ({ path: at })), z.strictObject({ path, edits: z.array(Edit).min(1).max(LIMITS.edits) })],
  {
    error: 'must be a path (with modify/<path> and base/<path>, or modify/<path>.patch) or {path, edits}',
  },
);

const Dependency = z.union(
  [
    ruled(npmVersionProblem).transform((version) => ({ version })),
    z.strictObject({
      version: ruled(npmVersionProblem),
      workspace: z.enum(['packages/host', 'packages/agent', '.']).optional(),
      dev: z.boolean().optional(),
    }),
  ],
  {
    error:
      'must be a version such as 1.2.3, ^1.2.3 or ~1.2.3 of the npm registry, or {version, workspace, dev}; git, file, link, alias and URL are refused',
  },
);

const VARIABLE_RULE = 'must be a name such as WEATHER_TOKEN, of A-Z and "_"';
const Variable = z.strictObject({
  name: z.string().regex(/^[A-Z][A-Z_]{1,58}[A-Z]$/, VARIABLE_RULE),
  description: line(300),
  kind: z.enum(['secret', 'text', 'url', 'number']).default('text'),
  default: z.union([line(300), z.number().int().min(0)]).optional(),
  min: z.number().int().min(0).optional(),
  max: z.number().int().min(0).optional(),
});

const FileOperation = z.discriminatedUnion(
  'op',
  [
    z.strictObject({ op: z.literal('rename'), from: path, to: path }),
    z.strictObject({ op: z.literal('move'), from: path, to: path }),
    z.strictObject({ op: z.literal('delete'), path }),
  ],
  { error: 'must be {op: rename, from, to}, {op: move, from, to} or {op: delete, path}' },
);

const Structured = z.strictObject({
  npm_dependencies: z
    .record(ruled(npmNameProblem), Dependency)
    .refine((all) => Object.keys(all).length <= LIMITS.dependencies, `must be ${LIMITS.dependencies} at most`)
    .default({}),
  env_additions: z.array(Variable).max(LIMITS.dependencies).default([]),
  container_packages: z
    .array(
      z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,60}$/, 'must be the name of a Debian package such as tesseract-ocr'),
    )
    .max(LIMITS.dependencies)
    .default([]),
});

/** `manifest.yaml` of a feature skill. docs/skills.md explains it. */
export const Manifest = z.strictObject({
  skill: SKILL_NAME,
  version: z.string().refine((text) => parseVersion(text) !== undefined, 'must be a version such as 1.0.0'),
  core_version: z.string().refine(isRange, `must be ${RANGE_RULE}`),
  description: line(1024).optional(),
  author: line(200).optional(),
  license: line(100).optional(),
  adds: z.array(path).max(LIMITS.packageFiles).default([]),
  modifies: z.array(Modification).max(LIMITS.packageFiles).default([]),
  structured: Structured.prefault({}),
  file_ops: z.array(FileOperation).max(LIMITS.packageFiles).default([]),
  depends: z.array(SKILL_NAME).max(LIMITS.dependencies).default([]),
  conflicts: z.array(SKILL_NAME).max(LIMITS.dependencies).default([]),
  post_apply: z.array(command).max(LIMITS.commands).default([]),
  test: command.optional(),
});

export type Manifest = z.infer<typeof Manifest>;
export type Edit = z.infer<typeof Edit>;
export type Modification = z.infer<typeof Modification>;
export type Variable = z.infer<typeof Variable>;
export type FileOperation = z.infer<typeof FileOperation>;

/** The manifest, or everything that is wrong with it at once. */
export function parseManifest(text: string): { manifest: Manifest } | { problems: string[] } {
  if (Buffer.byteLength(text) > LIMITS.manifestBytes) {
    return { problems: [`manifest.yaml is larger than ${LIMITS.manifestBytes} bytes`] };
  }
  // Aliases make a small text large, and tags make other things than data: neither belongs into a manifest.
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true, merge: false, logLevel: 'silent' });
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0)
    return { problems: mistakes.map(({ message }) => `manifest.yaml: ${message.split('\n')[0]}`) };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return { problems: ['manifest.yaml uses aliases (&name, *name); write every value out'] };
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => explain(issue, [])) };
  return { manifest: parsed.data };
}

/** A line for each mistake: where, and what is allowed there. Of a union's branches, the one that got furthest speaks. */
function explain(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string[] {
  const at = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const deep = issue.errors.filter((branch) =>
      branch.some(({ path: below, code }) => below.length > 0 || code === 'custom'),
    );
    if (deep.length === 1) return (deep[0] ?? []).flatMap((inner) => explain(inner, at));
  }
  if (issue.code === 'invalid_key') return issue.issues.flatMap((inner) => explain(inner, at));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `manifest.yaml: ${[...at, key].map(String).join('.')}: there is no such field`);
  }
  const message = issue.message.replace(/^Invalid input: /, '');
  return [`manifest.yaml: ${at.map(String).join('.') || 'the whole'}: ${message}`];
}
