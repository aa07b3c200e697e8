import { z } from 'zod';
import { ContainerState } from './engine-exit.ts';

/** How an engine's program is asked about containers and images, and how its answers are read. */
export interface EngineVerbs {
  readonly inspect: (name: string) => readonly string[];
  /** Throws on an answer that cannot be read; undefined where the engine does not say how a container ended. */
  readonly stateIn: (stdout: string) => ContainerState | undefined;
  readonly remove: (name: string) => readonly string[];
  readonly find: (name: string) => readonly string[];
  readonly isFoundIn: (stdout: string, name: string) => boolean;
  readonly inspectImage: (image: string) => readonly string[];
  /** Throws on an answer that cannot be read. */
  readonly labelsIn: (stdout: string) => Readonly<Record<string, string>>;
  readonly bytesIn: (stdout: string) => number;
  readonly pull: (image: string) => readonly string[];
  readonly build: readonly string[];
  readonly pruneImages: (label: string) => readonly string[];
}

const Image = z.object({
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  Size: z.number().optional(),
});

/** Docker answers with the image, Podman with a list of it. */
const Images = z.union([Image, z.tuple([Image]).transform(([image]) => image)]);

function imageIn(stdout: string): z.infer<typeof Image> {
  return Images.parse(JSON.parse(stdout));
}

/** What Docker and Podman have in common. */
export const SHARED_VERBS: EngineVerbs = {
  inspect: (name) => ['container', 'inspect', '--format', '{{json .State}}', name],
  stateIn: (stdout) => ContainerState.parse(JSON.parse(stdout)),
  remove: (name) => ['container', 'rm', '--force', '--volumes', name],
  find: (name) => ['ps', '--all', '--quiet', '--filter', `name=^/?${name.replaceAll('.', '\\.')}$`],
  isFoundIn: (stdout) => stdout.trim() !== '',
  inspectImage: (image) => ['image', 'inspect', '--format', '{{json .}}', image],
  labelsIn: (stdout) => imageIn(stdout).Config?.Labels ?? {},
  bytesIn: (stdout) => imageIn(stdout).Size ?? 0,
  pull: (image) => ['pull', image],
  build: ['build', '--force-rm'],
  pruneImages: (label) => ['image', 'prune', '--force', '--filter', `label=${label}`],
};
