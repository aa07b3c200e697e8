import type { ImageState } from '../sandbox.ts';
import type { EngineAnswer } from './engine-client.ts';
import type { EngineVerbs } from './engine-verbs.ts';

/** Labels on images that `nanoclaw sandbox build` made. */
export const IMAGE_LABELS = {
  /** Hash of what went in: see `image-build-hash`. */
  build: 'nanoclaw.build',
  /** `true` or `false`: is Chromium in it? */
  browser: 'nanoclaw.browser',
} as const;

/**
 * What is known of an image. `foreign`: not built by us, for instance the owner's own or one from v1; such an image is
 * used as it is, as long as it speaks the wire protocol.
 */
export type ImageOrigin = { kind: 'missing'; reason: string } | { kind: 'foreign' } | { kind: 'ours'; build: string };

/** Reads the answer to `inspectImage`. */
export function imageOrigin({ labelsIn }: EngineVerbs, answer: EngineAnswer, image: string): ImageOrigin {
  if (answer.kind !== 'done') return { kind: 'missing', reason: `there is no image ${image}` };
  const build = labelsIn(answer.stdout)[IMAGE_LABELS.build];
  return build === undefined ? { kind: 'foreign' } : { kind: 'ours', build };
}

/** `expectedBuild` is undefined where the sources of the image are not at hand: then any build will do. */
export function imageState(origin: ImageOrigin, expectedBuild: string | undefined): ImageState {
  const remedy = 'npx nanoclaw sandbox build';
  if (origin.kind === 'missing') return { phase: 'missing', reason: origin.reason, remedy };
  if (origin.kind === 'foreign' || expectedBuild === undefined || origin.build === expectedBuild)
    return { phase: 'ready' };
  return { phase: 'outdated', reason: 'the image was built from an earlier version', remedy };
}
