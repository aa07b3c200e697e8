import { PassThrough } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { assert, describeError, NanoError } from '../../kernel/errors.ts';
import type { RunningSandbox, SandboxDriver, SandboxInfo } from '../sandbox.ts';
import type { SandboxSpec } from '../spec.ts';
import { AVAILABILITY_ARGUMENTS, availabilityOf } from './docker-availability.ts';
import { type DockerClient, describeAnswer } from './docker-client.ts';
import { dockerRunArguments } from './docker-command-line.ts';
import { removeContainer } from './docker-container.ts';
import { type ImageOrigin, imageArguments, imageOrigin, imageState } from './docker-image.ts';
import { listArguments, parseList } from './docker-list.ts';
import { startDockerSandbox } from './docker-sandbox.ts';

/** A driver that can also tell whose image it runs. */
export interface DockerDriver extends SandboxDriver {
  readonly kind: 'docker';
  imageOrigin(): Promise<ImageOrigin>;
}

/**
 * Sandboxes as containers of the engine that `client` talks to. `expectedBuild` gives the build that the image should
 * be, or undefined where that cannot be known.
 */
export function createDockerDriver(deps: {
  client: DockerClient;
  clock: Clock;
  installation: string;
  image: string;
  systemCallFilter: string;
  expectedBuild: () => Promise<string | undefined>;
}): DockerDriver {
  const { client, clock, installation, image, systemCallFilter } = deps;
  assert(image !== '' && !image.startsWith('-'), 'an image name is no option');
  const list = async (): Promise<SandboxInfo[]> => {
    const answer = await client.run(listArguments(installation));
    if (answer.kind === 'done') return parseList(answer.stdout);
    throw new NanoError('sandbox-unavailable', `sandboxes cannot be listed: ${describeAnswer(answer)}`);
  };
  const origin = async (): Promise<ImageOrigin> => imageOrigin(await client.run(imageArguments(image)), image);
  const commandLine = (spec: SandboxSpec): readonly string[] => dockerRunArguments(spec, { image, systemCallFilter });
  return {
    kind: 'docker',
    available: async () => availabilityOf(await client.run(AVAILABILITY_ARGUMENTS)),
    // Without readable sources nobody can say that the image is outdated; building it names what is missing.
    image: async () => imageState(await origin(), await deps.expectedBuild().catch(() => undefined)),
    imageOrigin: origin,
    commandLine: (spec) => [client.command, ...commandLine(spec)],
    start(spec) {
      try {
        return startDockerSandbox({ client, clock }, spec.name, commandLine(spec));
      } catch (error) {
        return refusedSandbox(spec.name, describeError(error));
      }
    },
    list,
    async stop(name) {
      const isOurs = (await list()).some((sandbox) => sandbox.name === name);
      if (!isOurs) return false;
      if (await removeContainer(client, clock, name)) return true;
      throw new NanoError('sandbox-failed', `sandbox ${name} could not be removed; run: docker rm --force ${name}`);
    },
  };
}

/** A specification that cannot be carried to the engine ends before anything runs. */
function refusedSandbox(name: string, detail: string): RunningSandbox {
  const emptyStream = (): PassThrough => new PassThrough().end();
  const stdin = new PassThrough();
  stdin.resume();
  return {
    name,
    stdin,
    stdout: emptyStream(),
    stderr: emptyStream(),
    exited: Promise.resolve({ kind: 'never-started', detail }),
    stop: () => Promise.resolve(),
  };
}
