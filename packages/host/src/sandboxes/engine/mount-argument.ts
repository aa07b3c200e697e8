import { NanoError } from '../../kernel/errors.ts';
import type { Mount } from '../spec.ts';

/**
 * One value for an engine's `run --mount`. The client reads it as one line of CSV, so a field with a comma or a quote is
 * quoted; `-v` is not used because it splits at colons. What cannot be carried exactly is refused, not bent:
 * control characters (the client's CSV reader rewrites line ends) and blanks at either end (some clients trim them).
 */
export function mountArgument(mount: Mount): string {
  const fields = ['type=bind', `source=${checkedPath(mount.source)}`, `target=${checkedPath(mount.target)}`];
  if (mount.mode === 'read-only') fields.push('readonly');
  return fields.map(csvField).join(',');
}

function checkedPath(path: string): string {
  const isCarried = path.startsWith('/') && path.trim() === path && !/\p{Cc}/u.test(path);
  if (isCarried) return path;
  const sentence = `mount ${JSON.stringify(path)}: engines take absolute paths without control characters or blanks at an end`;
  throw new NanoError('sandbox-failed', `${sentence}; rename the folder`);
}

function csvField(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
