import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { NanoError } from '../../kernel/errors.ts';
import { describeAnswer, type EngineClient } from '../engine/engine-client.ts';
import { IMAGE_LABELS } from '../engine/engine-image.ts';
import { type BaseChoice, prepareBase } from './base-image.ts';
import { mustRun } from './build-command.ts';
import { buildProgress } from './build-progress.ts';
import { expectedImageBuild, type ImageSources } from './image-sources.ts';
import { type Processor, stageImage } from './stage-files.ts';

/** What to build, from what, and with whom. */
export interface BuildImageOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly sources: ImageSources;
  /** The name to give it. */
  readonly image: string;
  /** With Chromium and its fonts? */
  readonly browser: boolean;
  readonly base: BaseChoice;
  /** One line for people at every step. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

const PRUNE_LIMIT_MS = 60_000;

/** What a build made. */
export interface BuiltImage {
  readonly image: string;
  readonly base: string;
  readonly build: string;
  readonly bytes: number;
}

/**
 * Builds the sandbox image. Images that it replaces are removed. Throws
 * `image-build-failed` with the last lines of what failed; leaves no files behind however it ends.
 */
export async function buildImage(options: BuildImageOptions): Promise<BuiltImage> {
  const { client, clock, sources, image, onProgress, signal } = options;
  const build = await expectedImageBuild(sources);
  const processor = await engineProcessor(client);
  const directory = await mkdtemp(join(tmpdir(), 'nanoclaw-image-'));
  try {
    const base = await prepareBase({ client, clock, sources, base: options.base, directory, onProgress, signal });
    onProgress('fetching the packages of the image from npm');
    await stageImage({ sources, directory, processor, environment: client.environment, signal });
    await runBuild(options, { build, base, context: join(directory, 'context') });
    // Only images that carry our label and lost their name: those that this build and earlier ones replaced.
    await client.run(client.dialect.verbs.pruneImages(IMAGE_LABELS.build), PRUNE_LIMIT_MS);
    const bytes = await imageBytes(client, image);
    return { image, base, build, bytes };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runBuild(
  options: BuildImageOptions,
  facts: { build: string; base: string; context: string },
): Promise<void> {
  const { client, image, browser, onProgress, signal } = options;
  const args = [
    ...[...client.dialect.verbs.build, '--tag', image],
    ...['--build-arg', `BASE=${facts.base}`, '--build-arg', `BROWSER=${browser}`],
    ...['--label', `${IMAGE_LABELS.build}=${facts.build}`, '--label', `${IMAGE_LABELS.browser}=${browser}`],
    facts.context,
  ];
  // Plain output for BuildKit too: lines, not a drawing.
  const environment = { ...client.environment, BUILDKIT_PROGRESS: 'plain' };
  const onLine = (line: string): void => {
    const progress = buildProgress(line);
    if (progress !== undefined) onProgress(progress);
  };
  await mustRun(`building ${image}`, { command: client.command, args, environment }, { onLine, signal });
}

async function engineProcessor(client: EngineClient): Promise<Processor> {
  const { architectureArguments } = client.dialect;
  if (architectureArguments === undefined) return 'arm64';
  const answer = await client.run(architectureArguments);
  if (answer.kind !== 'done') {
    throw new NanoError(
      'image-build-failed',
      `the image cannot be built: ${describeAnswer(client.dialect.kind, answer)}`,
    );
  }
  const name = answer.stdout.trim();
  if (name === 'amd64') return 'x64';
  if (name === 'arm64') return 'arm64';
  throw new NanoError('image-build-failed', `the image cannot be built for ${name}; use an engine on amd64 or arm64`);
}

async function imageBytes(client: EngineClient, image: string): Promise<number> {
  const { inspectImage, bytesIn } = client.dialect.verbs;
  const answer = await client.run(inspectImage(image));
  if (answer.kind === 'done') return bytesIn(answer.stdout);
  throw new NanoError(
    'image-build-failed',
    `${image} was built and is not there: ${describeAnswer(client.dialect.kind, answer)}; build again`,
  );
}
