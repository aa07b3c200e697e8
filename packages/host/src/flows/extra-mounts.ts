import { homedir } from 'node:os';
import { decideMounts, type ExtraMount, type MountVerdict } from '../access/mount-decision.ts';
import { findPath, type MountAllowlist } from '../access/mount-rules-files.ts';
import type { Group } from '../groups/group.ts';
import type { Log } from '../kernel/log.ts';
import type { Recorder } from '../store/record-files.ts';

export interface ExtraMountsDeps {
  readonly allowlist: Pick<MountAllowlist, 'current'>;
  /** Places of the host's own that no sandbox sees, such as its home and its configuration. */
  readonly ownPlaces: readonly string[];
}

/** What becomes of the wishes of a group, as the allowlist and the disk are now. */
export function judgeMounts(deps: ExtraMountsDeps, group: Pick<Group, 'isMain' | 'mounts'>): MountVerdict[] {
  // Without wishes, which is the usual case, nothing is looked up.
  if (group.mounts.length === 0) return [];
  const ownPlaces = deps.ownPlaces.map((place) => findPath(place)?.path ?? place);
  const scene = { isMain: group.isMain, ownerHome: homedir(), ownPlaces, find: findPath };
  return decideMounts(deps.allowlist.current(), scene, group.mounts);
}

/** The mounts of one run; what is refused is told to the log, and the run begins without it (v1). All is recorded. */
export function mountsOfRun(
  deps: ExtraMountsDeps & { readonly record: Recorder; readonly log: Log; readonly now: number },
  { group, runId }: { group: Group; runId: string },
): ExtraMount[] {
  return judgeMounts(deps, group).flatMap((verdict) => {
    const outcome = 'mount' in verdict ? verdict.mount : { refused: verdict.refused, wish: verdict.request };
    deps.record.add({ kind: 'mount', group: group.folder, detail: { runId, ...outcome }, now: deps.now });
    if ('mount' in verdict) return [verdict.mount];
    const wish = JSON.stringify(verdict.request);
    deps.log.warn('mount.refused', { group: group.folder, reason: verdict.refused, wish });
    return [];
  });
}
