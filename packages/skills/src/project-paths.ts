import { LIMITS } from './limits.ts';

/** Folders at the top of the project that hold no code of it. */
const CLOSED_FOLDERS = ['store', 'data', 'groups', 'backups', 'dist', 'coverage'];

/** They decide what runs when packages are installed: a skill names dependencies in its manifest instead. */
const CLOSED_NAMES = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml'];

/** Agents read these as orders at every start. */
const ORDERS = ['claude.md', 'claude.local.md', 'agents.md'];

export const PATH_RULE = 'a path below the project such as packages/host/src/access/weather.ts';

/**
 * Why a skill may not touch this path; undefined when it may. Only plain ASCII names pass, none of them hidden: no other
 * alphabet can imitate a name, and nothing reaches .git, .env, .claude or the settings of other tools.
 */
export function pathProblem(path: string): string | undefined {
  if (path === '' || path.length > LIMITS.pathCharacters) {
    return `is empty or longer than ${LIMITS.pathCharacters} characters; allowed is ${PATH_RULE}`;
  }
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return `is absolute; allowed is ${PATH_RULE}`;
  const parts = path.split('/');
  if (parts.length > LIMITS.pathDepth) return `is deeper than ${LIMITS.pathDepth} folders`;
  if (parts.includes('..')) return `leaves the project; allowed is ${PATH_RULE}`;
  for (const part of parts) {
    const problem = partProblem(part);
    if (problem !== undefined) return problem;
  }
  return closedProblem(parts.map((part) => part.toLowerCase()));
}

function partProblem(part: string): string | undefined {
  if (!/^[A-Za-z0-9._@+-]+$/.test(part)) {
    return 'has a part that is empty or has other characters than letters a-z, digits and ._@+-';
  }
  if (part.startsWith('.'))
    return 'has a hidden part: names that begin with a dot belong to git, Claude Code and other tools';
  return part.endsWith('.') ? 'has a part that ends with a dot' : undefined;
}

function closedProblem(parts: readonly string[]): string | undefined {
  const name = parts.at(-1) ?? '';
  if (parts.includes('node_modules')) return 'is in node_modules; dependencies go under structured.npm_dependencies';
  if (CLOSED_FOLDERS.includes(parts[0] ?? '')) return `is in ${parts[0]}/, which is not code of the project`;
  if (CLOSED_NAMES.includes(name))
    return 'decides what npm installs; dependencies go under structured.npm_dependencies';
  if (ORDERS.includes(name)) return 'is read by agents as orders of the owner; teach them with a SKILL.md instead';
  return undefined;
}
