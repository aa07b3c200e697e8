import { readFileSync } from 'node:fs';
import { NanoError } from '../kernel/errors.ts';
import { isMissing } from '../kernel/safe-files.ts';

/** The text of a `.env` file, empty when there is none. Throws 'home-unusable' when it is there but unreadable. */
export function readEnvText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw new NanoError('home-unusable', `cannot read ${path}: make it readable for this user`, { cause: error });
  }
}

/**
 * What in the text does nothing, one sentence a line: v1 ignores it, and so do we, but a misspelt name should not go
 * unnoticed. Values are never repeated, they may be secrets.
 */
export function idleLines(text: string, known: readonly string[]): string[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const name = line.slice(0, Math.max(0, line.indexOf('='))).trim();
    if (name === '') return [`.env line ${index + 1} is no setting and is ignored: write NAME=value`];
    return known.includes(name) ? [] : [`.env line ${index + 1} sets ${name}, which nothing here reads`];
  });
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
