import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMissing } from '../kernel/safe-files.ts';

/** The text of a unit or property list, undefined when there is none. */
export function readUnit(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A manager never sees half of it. */
export function writeUnit(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  writeFileSync(unfinished, text, { mode: 0o644 });
  renameSync(unfinished, file);
}

export function removeUnit(file: string): void {
  rmSync(file, { force: true });
}
