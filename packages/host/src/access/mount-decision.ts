import { MountRequest, SANDBOX_PATHS } from '@nanoclaw/protocol';
import { blockedBy, type MountAccess, type MountRoot, type MountRules } from './mount-rules.ts';

/** A path of the host with every link followed. */
export interface FoundPath {
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'other';
}

/** What the decision has to know of the host. */
export interface MountScene {
  readonly isMain: boolean;
  /** The owner's home directory, for `~/`. */
  readonly ownerHome: string;
  /** Places of the host's own, with every link followed: neither they nor what holds them may be seen. */
  readonly ownPlaces: readonly string[];
  /** Undefined when there is nothing, or nothing that may be looked at. */
  readonly find: (path: string) => FoundPath | undefined;
}

export interface ExtraMount {
  readonly source: string;
  readonly target: string;
  readonly mode: 'read-only' | 'read-write';
}

export type MountVerdict =
  | { readonly request: MountRequest; readonly mount: ExtraMount; readonly note?: string }
  | { readonly request: unknown; readonly refused: string };

/**
 * Decides each wish of one group. What is refused is left out, and the others are mounted (v1). Mounted is the resolved
 * path, so that what a link leads to later makes no difference.
 */
export function decideMounts(access: MountAccess, scene: MountScene, wishes: readonly unknown[]): MountVerdict[] {
  const targets: string[] = [];
  return wishes.map((wish) => {
    const parsed = MountRequest.safeParse(wish);
    if (!parsed.success) return { request: wish, refused: 'it is no mount: hostPath, containerPath and readonly' };
    const verdict = decide(access, scene, { request: parsed.data, targets });
    if ('mount' in verdict) targets.push(verdict.mount.target);
    return verdict;
  });
}

function decide(
  access: MountAccess,
  scene: MountScene,
  { request, targets }: { request: MountRequest; targets: readonly string[] },
): MountVerdict {
  const refuse = (refused: string): MountVerdict => ({ request, refused });
  if ('problem' in access) return refuse(`the mount allowlist cannot be used: ${access.problem}`);
  const wanted = expand(request.hostPath, scene.ownerHome);
  if (wanted === undefined) return refuse('hostPath has to begin with / or ~/');
  const target = targetOf(request.containerPath ?? wanted.split('/').findLast((name) => name !== '') ?? '');
  if (target === undefined) return refuse('containerPath has to be a path below /workspace/extra, without .. and :');
  if (targets.some((other) => isWithin(target, other) || isWithin(other, target))) {
    return refuse(`${target} overlaps another mount of the group`);
  }
  const found = scene.find(wanted);
  if (found === undefined) return refuse('it does not exist');
  if (found.kind === 'other') return refuse('it is neither a folder nor a file');
  const pattern = blockedBy(found.path, access.rules.blockedPatterns);
  if (pattern !== undefined) return refuse(`"${pattern}" is blocked`);
  if (scene.ownPlaces.some((own) => isWithin(found.path, own) || isWithin(own, found.path))) {
    return refuse('it holds, or lies in, what belongs to NanoClaw itself');
  }
  const root = rootOf(access.rules, scene, found.path);
  if (root === undefined) return refuse('it lies in none of the allowedRoots');
  const why = request.readonly ? undefined : whyReadOnly(access.rules, scene, root);
  const mode = request.readonly || why !== undefined ? 'read-only' : 'read-write';
  return { request, mount: { source: found.path, target, mode }, ...(why === undefined ? {} : { note: why }) };
}

/** The longest root that holds the path; v1 took the first. Roots that do not exist hold nothing. */
function rootOf({ allowedRoots }: MountRules, scene: MountScene, path: string): MountRoot | undefined {
  const holding = allowedRoots.flatMap((root) => {
    const wanted = expand(root.path, scene.ownerHome);
    const found = wanted === undefined ? undefined : scene.find(wanted);
    return found !== undefined && isWithin(path, found.path) ? [{ root, depth: found.path.length }] : [];
  });
  return holding.sort((a, b) => b.depth - a.depth)[0]?.root;
}

function whyReadOnly(rules: MountRules, scene: MountScene, root: MountRoot): string | undefined {
  if (!root.allowReadWrite) return `read-only, as everything in ${root.path}`;
  return rules.nonMainReadOnly && !scene.isMain ? 'read-only, as in every chat but main' : undefined;
}

function expand(path: string, ownerHome: string): string | undefined {
  if (path === '~' || path.startsWith('~/')) return `${ownerHome}${path.slice(1)}`;
  return path.startsWith('/') ? path : undefined;
}

/** Undefined when the path leads elsewhere, or cannot be carried by every driver. */
function targetOf(containerPath: string): string | undefined {
  const names = containerPath.replace(/\/+$/, '').split('/');
  const isPlain = names.every((name) => name.trim() === name && !['', '.', '..'].includes(name));
  return isPlain && !/[:\p{Cc}]/u.test(containerPath) ? `${SANDBOX_PATHS.extra}/${names.join('/')}` : undefined;
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
