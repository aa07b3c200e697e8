import type { Manifest } from './manifest.ts';
import type { Entry } from './tree.ts';

/** One folder below `.claude/skills/`, read and checked. */
export type SkillPackage = GuidePackage | AgentSkillPackage | FeaturePackage;

interface Common {
  readonly name: string;
  readonly description: string;
  /** Every file of the package by its path in it. */
  readonly files: ReadonlyMap<string, Entry>;
}

/** Read by Claude Code when the owner asks for it; nothing is applied. */
export interface GuidePackage extends Common {
  readonly kind: 'guide';
}

/** Given to the agents of chosen groups. */
export interface AgentSkillPackage extends Common {
  readonly kind: 'container';
}

/** Changes the code or the image. */
export interface FeaturePackage extends Common {
  readonly kind: 'feature';
  readonly manifest: Manifest;
}

/** What is wrong between a manifest and the files beside it. */
export function crossProblems(manifest: Manifest, files: ReadonlyMap<string, Entry>): string[] {
  const added = namesBelow(files, 'add/');
  const modified = manifest.modifies.flatMap(({ path }) => [path, `${path}.patch`]);
  const loose = [...namesBelow(files, 'modify/'), ...namesBelow(files, 'base/')].filter(
    (path) => !modified.includes(path),
  );
  return [
    ...manifest.adds
      .filter((path) => !added.includes(path))
      .map((path) => `adds: ${path}: there is no file add/${path}`),
    ...added.filter((path) => !manifest.adds.includes(path)).map((path) => `add/${path} is not named under adds`),
    ...loose.map((path) => `modify/ or base/ has ${path}, which is not named under modifies`),
    ...manifest.modifies.flatMap((wish) => ('edits' in wish ? [] : formProblems(wish.path, files))),
    ...duplicates([
      ...manifest.adds,
      ...manifest.modifies.map(({ path }) => path),
      ...manifest.file_ops.flatMap((wish) => (wish.op === 'delete' ? [wish.path] : [wish.from, wish.to])),
    ]).map((path) => `${path} is named more than once`),
    ...manifest.structured.env_additions.flatMap(({ name, ...rest }) => variableProblems(name, rest)),
    ...(manifest.depends.includes(manifest.skill) ? ['depends: names the skill itself'] : []),
    ...manifest.conflicts
      .filter((name) => manifest.depends.includes(name))
      .map((name) => `${name} is under depends and conflicts`),
  ];
}

function namesBelow(files: ReadonlyMap<string, Entry>, prefix: string): string[] {
  return [...files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
}

function formProblems(path: string, files: ReadonlyMap<string, Entry>): string[] {
  const hasPatch = files.has(`modify/${path}.patch`);
  const hasMerge = files.has(`modify/${path}`) && files.has(`base/${path}`);
  if (hasPatch !== hasMerge) return [];
  const forms = `modify/${path}.patch, or both modify/${path} and base/${path} (the file as the skill found it)`;
  return [`modifies: ${path}: needs ${hasPatch ? 'only one of ' : ''}${forms}`];
}

/** On a file system that ignores case two names may be one file. */
function duplicates(paths: readonly string[]): string[] {
  const seen = new Set<string>();
  return paths.filter((path) => seen.size === seen.add(path.toLowerCase()).size);
}

function variableProblems(
  name: string,
  rest: { kind: string; default?: string | number | undefined; min?: number | undefined; max?: number | undefined },
): string[] {
  const at = `structured.env_additions: ${name}`;
  const isNumber = rest.kind === 'number';
  if (!isNumber && (rest.min !== undefined || rest.max !== undefined))
    return [`${at}: min and max belong to kind: number`];
  if (rest.kind === 'secret' && rest.default !== undefined) return [`${at}: a secret has no default`];
  if (rest.default !== undefined && (typeof rest.default === 'number') !== isNumber)
    return [`${at}: default must be of kind ${rest.kind}`];
  return [];
}
