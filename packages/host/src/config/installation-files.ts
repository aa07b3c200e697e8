import { readFileSync, writeFileSync } from 'node:fs';
import { newId } from '../kernel/ids.ts';
import { isMissing } from '../kernel/safe-files.ts';

/** The id of this home, made once: sandboxes carry it, so that no installation touches another's. */
export function installationId(file: string): string {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (/^nc-[0-9a-f]{12}$/.test(text)) return text;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const id = newId('nc');
  writeFileSync(file, `${id}\n`, { mode: 0o600 });
  return id;
}
