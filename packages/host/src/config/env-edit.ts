import { NanoError } from '../kernel/errors.ts';

/** What a setting becomes; undefined takes it out. */
export type EnvChanges = Readonly<Record<string, string | undefined>>;

/**
 * The text of a `.env` file with other values: line by line, so that comments, order and everything else stay. A new setting
 * goes below the line that explains it (`#NAME=…`), or to the end. Throws 'usage' for a value that no line can hold.
 */
export function editEnv(text: string, changes: EnvChanges): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined && /[\r\n\0]/.test(value)) {
      throw new NanoError('usage', `the value of ${name} has more than one line: it cannot be kept in .env`);
    }
    const at = lines.findIndex((line) => nameOf(line) === name);
    const others = lines.filter((line, index) => index === at || nameOf(line) !== name);
    lines.splice(0, lines.length, ...others);
    if (value === undefined) lines.splice(at, at < 0 ? 0 : 1);
    else if (at >= 0) lines[at] = `${name}=${written(value)}`;
    else lines.splice(placeFor(lines, name), 0, `${name}=${written(value)}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function nameOf(raw: string): string | undefined {
  const line = raw.trim();
  const at = line.indexOf('=');
  return line.startsWith('#') || at < 1 ? undefined : line.slice(0, at).trim();
}

function placeFor(lines: readonly string[], name: string): number {
  const explained = lines.findIndex((line) => line.trim().startsWith(`#${name}=`));
  return explained < 0 ? lines.length : explained + 1;
}

/** What the reader would trim or take the quotes from gets a pair of its own. */
function written(value: string): string {
  const isPlain = value === value.trim() && !/^["'].*["']$/.test(value);
  return isPlain ? value : `"${value}"`;
}
