import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a first mount allowlist; one that is there is its owner's and stays. */
export function writeMountAllowlist(file: string, folders: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const allowedRoots = folders.map((path) => ({ path, allowReadWrite: false }));
  const rules = { allowedRoots, blockedPatterns: ['password', 'secret', 'token'], nonMainReadOnly: true };
  writeFileSync(file, `${JSON.stringify(rules, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
}
