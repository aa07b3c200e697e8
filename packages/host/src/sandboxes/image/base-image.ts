import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { EngineClient } from '../engine/engine-client.ts';
import { mustRun, runBuildCommand } from './build-command.ts';
import { baseHash } from './image-build-hash.ts';
import { type ImageSources, readSource } from './image-sources.ts';

/** What the image is built on. `auto`: the registry's when it can be had, else the one made from Debian packages. */
export type BaseChoice = 'auto' | 'registry' | 'debian';

const REGISTRY_BASE = 'node:22-slim';

/** A registry that says nothing for this long is as good as none; one that answers may take its time. */
const REGISTRY_SILENCE_MS = 20_000;

interface BaseOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly sources: ImageSources;
  readonly base: BaseChoice;
  /** An empty folder for files on the way. */
  readonly directory: string;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The name of an image that the engine has when this returns. Throws `image-build-failed` when there is no way. */
export async function prepareBase(options: BaseOptions): Promise<string> {
  const { dialect } = options.client;
  if (options.base === 'debian' && !dialect.importsArchives) {
    throw new NanoError('image-build-failed', `${dialect.program} takes no archive as a base; use --base registry`);
  }
  if (options.base === 'debian') return debianBase(options);
  const name = `${dialect.registry}${REGISTRY_BASE}`;
  const refusal = await registryBase(options, name);
  if (refusal === undefined) return name;
  if (options.base === 'registry' || !dialect.importsArchives) {
    throw new NanoError(
      'image-build-failed',
      `pulling ${name} failed: ${refusal}; run: ${[dialect.program, ...dialect.verbs.pull(name)].join(' ')}`,
    );
  }
  options.onProgress(`${name} cannot be had from a registry (${refusal}); making the same from Debian packages`);
  return debianBase(options);
}

/** undefined when the engine has it now, else why not. */
async function registryBase(options: BaseOptions, name: string): Promise<string | undefined> {
  const { client, clock, onProgress, signal } = options;
  if (await hasImage(client, name)) return undefined;
  onProgress(`pulling ${name}`);
  const silence = new AbortController();
  const heard = new AbortController();
  const watch = clock.sleep(REGISTRY_SILENCE_MS, AbortSignal.any([heard.signal, signal])).then(() => {
    if (!heard.signal.aborted) silence.abort();
  });
  try {
    const command = { command: client.command, args: client.dialect.verbs.pull(name), environment: client.environment };
    const onLine = (): void => heard.abort();
    const { code, lines } = await runBuildCommand(command, onLine, AbortSignal.any([silence.signal, signal]));
    return code === 0 ? undefined : (lines.at(-1) ?? 'no reason given');
  } catch (error) {
    signal.throwIfAborted();
    if (silence.signal.aborted) return 'no registry answered';
    throw error;
  } finally {
    heard.abort();
    await watch;
  }
}

async function debianBase(options: BaseOptions): Promise<string> {
  const { client, sources, directory, onProgress, signal } = options;
  const script = join(sources.containerDirectory, 'base.sh');
  const hash = baseHash({
    script: await readSource(script),
    lock: await readSource(join(sources.containerDirectory, 'base', 'package-lock.json')),
  });
  const name = `nanoclaw-base:${hash}`;
  if (await hasImage(client, name)) return name;
  const file = join(directory, 'base.tar');
  const environment = client.environment;
  const onLine = (line: string): void => {
    if (/^(fetching|making) /.test(line)) onProgress(`base: ${line}`);
  };
  await mustRun('making the base image', { command: 'bash', args: [script, file], environment }, { onLine, signal });
  const importing = { command: client.command, args: ['import', file, name], environment };
  await mustRun('importing the base image', importing, { signal });
  return name;
}

async function hasImage(client: EngineClient, name: string): Promise<boolean> {
  return (await client.run(client.dialect.verbs.inspectImage(name))).kind === 'done';
}
