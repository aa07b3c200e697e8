import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundPath } from './mount-decision.ts';
import { type MountAccess, NO_ALLOWLIST, parseMountRules } from './mount-rules.ts';
import { openRulesFile, type RulesFile } from './rules-files.ts';

/** The allowlist as it is now. */
export type MountAllowlist = RulesFile<MountAccess>;

/** Where the owner's configuration folder has it: outside everything that a sandbox can see. */
export function mountAllowlistFile(configHome: string): string {
  return join(configHome, 'mount-allowlist.json');
}

export function openMountAllowlist(file: string): MountAllowlist {
  return openRulesFile(file, { parse: parseMountRules, missing: NO_ALLOWLIST });
}

/** Follows every link of a path; undefined when it leads nowhere. */
export function findPath(path: string): FoundPath | undefined {
  try {
    const real = realpathSync(path);
    const stat = statSync(real);
    return { path: real, kind: stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : 'other' };
  } catch {
    return undefined;
  }
}
