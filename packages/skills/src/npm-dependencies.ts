import { compareVersions, isInRange, parseVersion, type Version } from './versions.ts';

/** Names as the npm registry gives them out: in ASCII and lower case, so that none can imitate another. */
const NAME = /^(@[a-z0-9][a-z0-9._-]{0,100}\/)?[a-z0-9][a-z0-9._-]{0,100}$/;

/** Names that are no packages of their own. */
const CLOSED_NAMES = ['node_modules', 'favicon.ico', 'npm', 'nanoclaw'];

const SPECIFICATION = /^([\^~]?)(\d{1,6}\.\d{1,6}\.\d{1,6})(-[0-9A-Za-z.-]{1,40})?$/;

export function npmNameProblem(name: string): string | undefined {
  const isAllowed = NAME.test(name) && !CLOSED_NAMES.includes(name) && !name.startsWith('@nanoclaw/');
  return isAllowed ? undefined : 'is no name of a package in the npm registry, such as croner or @scope/name';
}

export function npmVersionProblem(version: string): string | undefined {
  if (SPECIFICATION.test(version)) return undefined;
  return 'is no version of the npm registry such as 1.2.3, ^1.2.3 or ~1.2.3; git, file, link, alias and URL are refused';
}

interface Wish {
  readonly operator: string;
  readonly version: Version;
  readonly text: string;
}

/**
 * What serves both wishes for one package: the same, or the higher of two ranges that overlap (`^` within a major, `~`
 * within a minor version), or an exact version that lies in the other's range. Undefined when nothing does.
 */
export function mergeVersions(one: string, other: string): string | undefined {
  if (one === other) return one;
  const a = parseWish(one);
  const b = parseWish(other);
  if (!a || !b) return undefined;
  const [low, high] = compareVersions(a.version, b.version) <= 0 ? [a, b] : [b, a];
  if (a.operator === '' && b.operator === '') return undefined;
  if (a.operator === '') return isInRange(a.version, b.text) ? a.text : undefined;
  if (b.operator === '') return isInRange(b.version, a.text) ? b.text : undefined;
  if (!isInRange(high.version, low.text)) return undefined;
  return high.text;
}

function parseWish(text: string): Wish | undefined {
  const match = SPECIFICATION.exec(text);
  const version = parseVersion(match?.[2] ?? '');
  // Of versions before a release only the same one is known to serve.
  return match && version && match[3] === undefined ? { operator: match[1] ?? '', version, text } : undefined;
}
