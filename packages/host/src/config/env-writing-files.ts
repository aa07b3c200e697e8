import { chmodSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { syncToDisk } from '../kernel/sync-files.ts';

/** Replaces a `.env` file as a whole, readable for its owner only. A crash leaves the old one or the new one. */
export function writeEnvText(file: string, text: string): void {
  const target = realTarget(file);
  const unfinished = `${target}.${newId('new')}.unfinished`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' });
    chmodSync(unfinished, 0o600);
    syncToDisk(unfinished);
    renameSync(unfinished, target);
    syncToDisk(dirname(target));
  } catch (cause) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw new NanoError('home-unusable', `cannot write ${file}: its folder must be writable for this user`, { cause });
  }
}

/** Some keep the file elsewhere and link to it: the link stays. */
function realTarget(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // It is not there yet.
    return file;
  }
}
