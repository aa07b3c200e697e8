import { PassThrough } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { assert, describeError, NanoError } from '../../kernel/errors.ts';
import type { RunningSandbox, SandboxDriver, SandboxInfo } from '../sandbox.ts';
import type { SandboxSpec } from '../spec.ts';
import { describeAnswer, type EngineClient } from './engine-client.ts';
import { notRemoved, removeContainer } from './engine-container.ts';
import { type ImageOrigin, imageOrigin, imageState } from './engine-image.ts';
import { startEngineSandbox } from './engine-sandbox.ts';

/** A driver that can also tell whose image it runs. */
export interface EngineDriver extends SandboxDriver {
  imageOrigin(): Promise<ImageOrigin>;
}

/**
 * Sandboxes as containers of the engine that `client` talks to. `expectedBuild` gives the build that the image should
 * be, or undefined where that cannot be known.
 */
export function createEngineDriver(deps: {
  client: EngineClient;
  clock: Clock;
  installation: string;
  image: string;
  systemCallFilter: string;
  expectedBuild: () => Promise<string | undefined>;
}): EngineDriver {
  const { client, clock, installation, image, systemCallFilter } = deps;
  const { dialect } = client;
  assert(image !== '' && !image.startsWith('-'), 'an image name is no option');
  const list = async (): Promise<SandboxInfo[]> => {
    const answer = await client.run(dialect.listArguments(installation));
    if (answer.kind === 'done') return dialect.parseList(answer.stdout);
    throw new NanoError('sandbox-unavailable', `sandboxes cannot be listed: ${describeAnswer(dialect.kind, answer)}`);
  };
  const origin = async (): Promise<ImageOrigin> =>
    imageOrigin(dialect.verbs, await client.run(dialect.verbs.inspectImage(image)), image);
  const commandLine = (spec: SandboxSpec): readonly string[] => {
    const { launcher, args } = dialect.runCommand(spec, { image, systemCallFilter });
    return [...launcher, client.command, ...args];
  };
  return {
    kind: dialect.kind,
    available: async () => dialect.availabilityOf(await client.run(dialect.availabilityArguments)),
    // Without readable sources nobody can say that the image is outdated; building it names what is missing.
    image: async () => imageState(await origin(), await deps.expectedBuild().catch(() => undefined)),
    imageOrigin: origin,
    commandLine,
    start(spec) {
      try {
        return startEngineSandbox({ client, clock }, spec.name, commandLine(spec));
      } catch (error) {
        return refusedSandbox(spec.name, describeError(error));
      }
    },
    list,
    async stop(name) {
      const isOurs = (await list()).some((sandbox) => sandbox.name === name);
      if (!isOurs) return false;
      if (await removeContainer(client, clock, name)) return true;
      throw notRemoved(client, name);
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
