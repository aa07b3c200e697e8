import { readFileSync } from 'node:fs';
import { NanoError } from '../kernel/errors.ts';
import { isMissing } from '../kernel/safe-files.ts';

/** Reads a `.env` file; a missing file has no variables. Throws 'home-unusable' when it is there but unreadable. */
export function readEnvFile(path: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return {};
    throw new NanoError('home-unusable', `cannot read ${path}: make it readable for this user`, { cause: error });
  }
  return parseEnvText(text);
}

/**
 * v1's rules: blank lines and `#` lines are skipped, the first `=` separates, one pair of matching quotes is removed,
 * empty values count as absent. No escapes, no `export`, no inline comments.
 */
export function parseEnvText(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const at = line.indexOf('=');
    if (line === '' || line.startsWith('#') || at < 1) continue;
    const value = unquote(line.slice(at + 1).trim());
    if (value !== '') variables[line.slice(0, at).trim()] = value;
  }
  return variables;
}

function unquote(value: string): string {
  const first = value[0];
  const isQuoted = value.length >= 2 && (first === '"' || first === "'") && value.at(-1) === first;
  return isQuoted ? value.slice(1, -1) : value;
}
