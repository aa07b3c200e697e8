import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import type { Mount } from '../sandboxes/spec.ts';

/** Top-level names that are no source: what a home has, and what tools have installed or built. */
const NO_SOURCE = new Set(['store', 'data', 'groups', 'logs', 'backups', 'auth', 'node_modules']);

/**
 * What main sees of the project: the source, read-only, entry by entry, so that what appears beside it later (a `.env`,
 * say) is not seen. Hidden entries are left out but for `.claude`, links always, and so is what holds one of
 * `ownPlaces`, the host's home and configuration. `/workspace/project` of v1 had all of it.
 */
export function projectView(checkout: string, ownPlaces: readonly string[]): Mount[] {
  const places = ownPlaces.map(resolved).filter((place) => place !== resolved(checkout));
  return readdirSync(checkout, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isFile())
    .filter(({ name }) => !NO_SOURCE.has(name) && (!name.startsWith('.') || name === '.claude'))
    .map(({ name }) => ({ name, source: join(resolved(checkout), name) }))
    .filter(({ source }) => !places.some((place) => `${place}/`.startsWith(`${source}/`)))
    .map(({ name, source }) => ({ source, target: `${SANDBOX_PATHS.project}/${name}`, mode: 'read-only' }));
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
