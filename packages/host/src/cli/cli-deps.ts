import type { WantedManager } from '../background/choose-manager.ts';
import type { Notifier } from '../background/notifier.ts';
import type { ServiceManager } from '../background/service-manager.ts';
import type { ServicePlan } from '../background/service-plan.ts';
import type { ChannelSetup } from '../channels/channel-setup.ts';
import type { LocalChannel } from '../channels/local/local-channel.ts';
import type { Config } from '../config/config.ts';
import type { HomePaths } from '../config/home-files.ts';
import type { HostView, SetChannel } from '../doctor/check.ts';
import type { Diagnosis } from '../doctor/examine.ts';
import type { Approvals } from '../flows/approvals.ts';
import type { ArchiveRequest, MadeArchive, RestoredHome, RestoreRequest } from '../flows/archive-manifest.ts';
import type { HostStatus } from '../flows/host-status.ts';
import type { ManageGroupsDeps } from '../flows/manage-groups.ts';
import type { ManageTasksDeps } from '../flows/manage-tasks.ts';
import type { MemoryHistoryDeps } from '../flows/memory-history.ts';
import type { UsageReportDeps } from '../flows/usage-report.ts';
import type { CheckResult } from '../sandboxes/check-table.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';

/** A host that runs in this process. */
export interface RunningHost {
  readonly local: LocalChannel;
  /** What is decided at start: names for people. */
  readonly about: { readonly assistantName: string; readonly model: string; readonly sandbox: string };
  /** Whether the web page is open. */
  hasPage(): boolean;
  status(): Promise<HostStatus>;
  /** Opens the web page when it is not open; returns a one-time address. */
  openPage(): Promise<string>;
  /** Lets work in flight finish within its grace time, then stops everything. Idempotent. */
  drain(): Promise<void>;
  /** Ends sandboxes and everything else at once; also cuts a drain short. Idempotent. */
  stopNow(): Promise<void>;
}

/** A home that no host runs on, opened under its lock. */
export interface OfflineHome {
  readonly manage: ManageGroupsDeps;
  readonly manageTasks: ManageTasksDeps;
  readonly usage: UsageReportDeps;
  readonly memory: MemoryHistoryDeps;
  readonly asked: Approvals;
  close(): void;
}

/** What the host says while it starts, for people: one line each. */
export type Report = (line: string) => void;

export interface BuildRequest {
  readonly browser: boolean;
  readonly base: 'auto' | 'registry' | 'debian';
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface DoctorRequest {
  readonly isOffline: boolean;
  /** Mends what can be mended. */
  readonly fix: boolean;
  readonly askHost: (controlSocket: string) => Promise<HostView | undefined>;
  /** Called with what each check has found. */
  readonly onDone: (diagnoses: readonly Diagnosis[]) => void;
}

/** All that commands need of the rest of the program; `main.ts` gives the real parts. */
export interface CliDeps {
  readonly config: () => Config;
  readonly paths: (config: Config) => HomePaths;
  readonly version: string;
  /** The checkout, which skills change, and what programs they run may see a part of. */
  readonly checkout: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `logTo: file` keeps the terminal free for a chat. */
  readonly startHost: (
    config: Config,
    options: { report: Report; logTo: 'stderr' | 'file'; signal?: AbortSignal },
  ) => Promise<RunningHost>;
  readonly openHome: (config: Config) => OfflineHome;
  /** The driver the configuration chooses. Throws 'sandbox-unavailable'. */
  readonly driver: (config: Config) => Promise<SandboxDriver>;
  /** Tries from inside a sandbox what a hostile agent would try. Throws 'sandbox-unavailable' or 'sandbox-failed'. */
  readonly checkSandbox: (config: Config, report: Report) => Promise<{ driver: string; results: CheckResult[] }>;
  /** Looks at everything that may be wrong, also where the settings cannot be read. */
  readonly doctor: (request: DoctorRequest) => Promise<readonly Diagnosis[]>;
  /** Backs up a home that no host runs on. */
  readonly backup: (config: Config, request: ArchiveRequest) => Promise<MadeArchive>;
  /** Checks a backup, and puts it in place when that was not all. */
  readonly restore: (config: Config, request: RestoreRequest) => Promise<RestoredHome>;
  /** Has the version in `stage` answer a question on a copy of the home. Throws with why it does not. */
  readonly tryOut: (config: Config, what: { stage: string; backup: string }) => Promise<void>;
  /** Builds the container image. Returns its name and build. */
  readonly buildImage: (config: Config, request: BuildRequest) => Promise<{ image: string; build: string }>;
  /** What keeps the host running on this machine. */
  readonly serviceManager: (config: Config, wanted: WantedManager) => Promise<ServiceManager>;
  readonly servicePlan: (config: Config, name: string) => ServicePlan;
  /** Tells who started this process how the host is. */
  readonly notifier: Notifier;
  /** The chat apps that can be connected, and those whose credentials are set. */
  readonly channels: {
    readonly names: readonly string[];
    readonly setup: (name: string) => Promise<ChannelSetup | undefined>;
    readonly set: (config: Config) => Promise<readonly SetChannel[]>;
  };
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Calls back on SIGINT and SIGTERM; returns the function that ends it. */
  readonly onStopSignal: (listener: () => void) => () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms` or when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}
