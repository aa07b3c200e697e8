import { HostPath } from '@nanoclaw/protocol';
import { z } from 'zod';
import { parseRules } from './parse-rules.ts';

/** The file `mount-allowlist.json`, in v1's form: what of the owner's machine a sandbox may be shown. */
export interface MountRules {
  readonly allowedRoots: readonly MountRoot[];
  /** What no path may have in it, in addition to `ALWAYS_BLOCKED`; see `blockedBy`. */
  readonly blockedPatterns: readonly string[];
  /** Whether only main may write anywhere. */
  readonly nonMainReadOnly: boolean;
}

export interface MountRoot {
  /** Absolute, or beginning with `~/`. */
  readonly path: string;
  readonly allowReadWrite: boolean;
  readonly description?: string | undefined;
}

/** What the file says, or why it cannot be used. Then nothing is mounted. */
export type MountAccess = { readonly rules: MountRules } | { readonly problem: string };

/** Without a file nothing is mounted, as in v1. */
export const NO_ALLOWLIST: MountAccess = { problem: 'it does not exist, so nothing may be mounted' };

/** v1's list: folders and files that hold keys. */
export const ALWAYS_BLOCKED: readonly string[] = [
  ...['.ssh', '.gnupg', '.gpg', '.aws', '.azure', '.gcloud', '.kube', '.docker', 'credentials', '.env', '.netrc'],
  ...['.npmrc', '.pypirc', 'id_rsa', 'id_ed25519', 'private_key', '.secret'],
];

const Rules = z.object({
  allowedRoots: z.array(z.object({ path: HostPath, allowReadWrite: z.boolean(), description: z.string().optional() })),
  blockedPatterns: z.array(z.string().regex(/^[^/\p{Cc}]+$/u, 'a part of a name, without a slash')),
  nonMainReadOnly: z.boolean(),
});

export function parseMountRules(text: string): MountAccess {
  return parseRules(text, Rules);
}

/**
 * The first pattern that a path is blocked by. A pattern is looked for in each name of the path, in any case, as whole
 * words: `token` is in `api-token.json` and `tokens`, and not in `tokenizer`, which v1 blocked as well.
 */
export function blockedBy(path: string, patterns: readonly string[]): string | undefined {
  const names = path.split('/');
  return [...ALWAYS_BLOCKED, ...patterns].find((pattern) => {
    // What begins or ends with something else than a letter or digit ends a word by itself: `.env` is in `prod.env`.
    const before = WORD_AT_START.test(pattern) ? '(?<![\\p{L}\\p{N}])' : '';
    const after = WORD_AT_END.test(pattern) ? 's?(?![\\p{L}\\p{N}])' : '';
    const word = RegExp(`${before}${escapeRegExp(pattern)}${after}`, 'iu');
    return names.some((name) => word.test(name));
  });
}

const WORD_AT_START = /^[\p{L}\p{N}]/u;
const WORD_AT_END = /[\p{L}\p{N}]$/u;

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
