import type { Availability, SandboxInfo } from '../sandbox.ts';
import type { SandboxSpec } from '../spec.ts';
import type { EngineAnswer } from './engine-client.ts';
import type { EngineVerbs } from './engine-verbs.ts';

/** What every container of a driver is made with. */
export interface ContainerSource {
  readonly image: string;
  /**
   * Absolute path of the filter, `container/seccomp.json`. Engines have their own, but old ones let a sandbox speak over
   * AF_VSOCK, which no network namespace holds back, and use io_uring and ptrace.
   */
  readonly systemCallFilter: string;
}

/** Where container engines differ. */
export interface EngineDialect {
  readonly kind: 'docker' | 'podman' | 'apple';
  /** The engine's program. */
  readonly program: string;
  readonly verbs: EngineVerbs;
  /** The command whose answer says whether the engine can be used. */
  readonly availabilityArguments: readonly string[];
  /** Reads that answer. Every refusal names one command that would help. */
  availabilityOf(answer: EngineAnswer): Availability;
  /**
   * The arguments that run one sandbox, and the program that starts the engine's with a lower priority where the engine
   * cannot share out the processor. Throws when the engine has not been asked yet and the answer decides.
   */
  runCommand(spec: SandboxSpec, from: ContainerSource): { launcher: readonly string[]; args: readonly string[] };
  /** Ended containers are listed too: what a killed host left behind has to be found and removed. */
  listArguments(installation: string): readonly string[];
  parseList(stdout: string): SandboxInfo[];
  /** What stands in front of an image's name for it to be looked for at Docker Hub. */
  readonly registry: string;
  /** The command that prints the engine's processor as Go names it (`amd64`); undefined where it is always an arm64. */
  readonly architectureArguments: readonly string[] | undefined;
  /** Whether the engine takes an archive of a root file system as an image. */
  readonly importsArchives: boolean;
}
