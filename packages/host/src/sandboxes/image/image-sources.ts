import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NanoError } from '../../kernel/errors.ts';
import { imageBuildHash } from './image-build-hash.ts';

/** Where the parts of the image are on this machine. */
export interface ImageSources {
  /** `container/` of the checkout. */
  readonly containerDirectory: string;
  /** The bundled runner. */
  readonly runnerFile: string;
}

/** Sources of a checkout whose root this is. */
export function imageSourcesOf(checkout: string): ImageSources {
  return {
    containerDirectory: join(checkout, 'container'),
    runnerFile: join(checkout, 'packages', 'agent', 'dist', 'bundle', 'runner.mjs'),
  };
}

/** The system call filter of the container engines. */
export function systemCallFilterOf(sources: ImageSources): string {
  return join(sources.containerDirectory, 'seccomp.json');
}

/** The build that these sources make. Throws `image-build-failed` when one is missing. */
export async function expectedImageBuild(sources: ImageSources): Promise<string> {
  const { containerDirectory, runnerFile } = sources;
  return imageBuildHash({
    dockerfile: await readSource(join(containerDirectory, 'Dockerfile')),
    lock: await readSource(join(containerDirectory, 'package-lock.json')),
    runner: await readSource(runnerFile),
  });
}

export async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new NanoError('image-build-failed', `${file} cannot be read; run: npm run build`, { cause });
  }
}
