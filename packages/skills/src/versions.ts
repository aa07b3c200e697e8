export type Version = readonly [number, number, number];

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;
const COMPARATOR = /^(>=|<=|>|<|=|\^|~)?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?$/;

export const RANGE_RULE = 'a range such as ">=2.0.0 <3.0.0", "^2.1.0" or "~2.1.0"';

export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

/** Negative when `one` is older. */
export function compareVersions(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

export function isRange(text: string): boolean {
  return (
    text.trim() !== '' &&
    text
      .trim()
      .split(/\s+/)
      .every((part) => COMPARATOR.test(part))
  );
}

/** Whether every part of the range holds for the version. */
export function isInRange(version: Version, range: string): boolean {
  return range
    .trim()
    .split(/\s+/)
    .every((part) => holds(version, part));
}

function holds(version: Version, comparator: string): boolean {
  const match = COMPARATOR.exec(comparator);
  if (!match) return false;
  const bound: Version = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  const order = compareVersions(version, bound);
  switch (match[1]) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '^':
      return order >= 0 && compareVersions(version, afterCaret(bound)) < 0;
    case '~':
      return order >= 0 && compareVersions(version, [bound[0], bound[1] + 1, 0]) < 0;
    default:
      return order === 0;
  }
}

/** npm's rule: the left-most number that is not zero stays. */
function afterCaret([major, minor, patch]: Version): Version {
  if (major > 0) return [major + 1, 0, 0];
  return minor > 0 ? [0, minor + 1, 0] : [0, 0, patch + 1];
}
