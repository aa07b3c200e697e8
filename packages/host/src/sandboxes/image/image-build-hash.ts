import { createHash } from 'node:crypto';

/** The parts that decide what an image does. Its base and whether it has a browser are choices, not versions. */
export interface ImageParts {
  readonly dockerfile: string;
  /** The lock file of what is staged from npm. */
  readonly lock: string;
  readonly runner: string;
}

/** 16 hexadecimal digits: equal for equal parts, whatever machine asks. */
export function imageBuildHash(parts: ImageParts): string {
  return shortHash([parts.dockerfile, parts.lock, parts.runner]);
}

/** Names the base made without a registry after all that goes into it. */
export function baseHash(parts: { script: string; lock: string }): string {
  return shortHash([parts.script, parts.lock]);
}

/** Lengths are hashed too: text that moves from one part to the next makes another hash. */
function shortHash(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}
