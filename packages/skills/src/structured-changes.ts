import type { Edit, Manifest, Variable } from './manifest.ts';
import { addDependency } from './package-json.ts';
import { applyEdits } from './text-edits.ts';

/** Files of the core that manifests change by what they say and not by text. */
export const ENV_EXAMPLE = '.env.example';
export const VARIABLES_FILE = 'packages/host/src/config/variables.ts';
export const DOCKERFILE = 'container/Dockerfile';
export const LOCK_FILE = 'package-lock.json';

export interface TextChange {
  readonly path: string;
  readonly change: (text: string) => { text: string } | { problem: string };
}

/** What the structured part of a manifest does to which file, in order. */
export function structuredChanges({ skill, structured }: Manifest): TextChange[] {
  const { env_additions: variables, container_packages: packages } = structured;
  return [
    ...dependencyChanges(structured.npm_dependencies),
    ...(variables.length === 0
      ? []
      : [
          { path: ENV_EXAMPLE, change: (text: string) => ({ text: explainVariables(text, skill, variables) }) },
          { path: VARIABLES_FILE, change: (text: string) => declareVariables(text, variables) },
        ]),
    ...(packages.length === 0 ? [] : [{ path: DOCKERFILE, change: (text: string) => addPackages(text, packages) }]),
  ];
}

/** The package.json files that a manifest changes. */
export function packageFilesOf({ structured }: Manifest): string[] {
  return [...new Set(dependencyChanges(structured.npm_dependencies).map(({ path }) => path))];
}

function dependencyChanges(wishes: Manifest['structured']['npm_dependencies']): TextChange[] {
  return Object.entries(wishes).map(([name, wish]) => {
    const {
      version,
      workspace = 'packages/host',
      dev = false,
    } = 'workspace' in wish || 'dev' in wish ? wish : { version: wish.version };
    const path = workspace === '.' ? 'package.json' : `${workspace}/package.json`;
    const section = dev ? 'devDependencies' : 'dependencies';
    return { path, change: (text) => addDependency(text, { name, version, section }) };
  });
}

function explainVariables(text: string, skill: string, variables: readonly Variable[]): string {
  const head = `# --- ${skill} `.padEnd(119, '-');
  const blocks = variables.map(({ name, description, default: value }) => {
    const words = /[.!?:]$/.test(description) ? description : `${description}.`;
    return `${wrap(words)}\n#${name}=${value ?? ''}`;
  });
  return `${text.replace(/\n*$/, '\n')}\n${[head, ...blocks].join('\n\n')}\n`;
}

function wrap(words: string): string {
  const lines = [''];
  for (const word of words.split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > 115) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join('\n');
}

function declareVariables(text: string, variables: readonly Variable[]): { text: string } | { problem: string } {
  const declarations = variables.map((variable) => `  ${variable.name}: ${schemaOf(variable)},`);
  const secrets = variables.filter(({ kind }) => kind === 'secret').map(({ name }) => `  '${name}',`);
  const taken = variables.find(({ name }) => new RegExp(`^  ${name}:`, 'm').test(text));
  if (taken) return { problem: `there is a setting ${taken.name} already` };
  const edits: Edit[] = [
    { replace: '\n});\n\nexport type Variables', with: `\n${declarations.join('\n')}\n});\n\nexport type Variables` },
  ];
  if (secrets.length > 0) edits.push({ before: '] as const;', insert: secrets.join('\n') });
  return applyEdits(text, edits);
}

function schemaOf({ kind, default: value, min = 0, max = Number.MAX_SAFE_INTEGER }: Variable): string {
  const end = value === undefined ? '.optional()' : `.default(${typeof value === 'string' ? quoted(value) : value})`;
  switch (kind) {
    case 'secret':
      return `secret${end}`;
    case 'url':
      return `httpUrl${end}`;
    case 'number':
      return `wholeNumber(${min}, ${max})${end}`;
    case 'text':
      return `z.string().max(1_000)${end}`;
  }
}

/** As the project's formatter writes it. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A line of its own behind the first installation of the image. */
function addPackages(text: string, packages: readonly string[]): { text: string } | { problem: string } {
  const begin = /--no-install-recommends \\\n/.exec(text);
  if (!begin) return { problem: 'the image installs no packages with --no-install-recommends' };
  const at = begin.index + begin[0].length;
  const words = text.split(/\s+/);
  const fresh = [...new Set(packages)].filter((name) => !words.includes(name)).sort();
  if (fresh.length === 0) return { text };
  return { text: `${text.slice(0, at)}      ${fresh.join(' ')} \\\n${text.slice(at)}` };
}
