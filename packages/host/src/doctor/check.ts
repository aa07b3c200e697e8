import type { ServiceManager, ServiceState } from '../background/service-manager.ts';
import type { ChannelSetup, SetupValues } from '../channels/channel-setup.ts';
import type { Config } from '../config/config.ts';
import type { HomePaths } from '../config/home-files.ts';
import type { CredentialTrial } from '../gateway/try-credential.ts';
import type { CheckResult } from '../sandboxes/check-table.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';

/**
 * What one look has found. `problem` has to be mended, `note` is for the owner to know; `found` names the thing, `fix` is what
 * to do. `repair`, where there is one, does it.
 */
export interface Finding {
  readonly level: 'ok' | 'note' | 'problem' | 'skipped';
  readonly found: string;
  readonly fix?: string;
  readonly repair?: () => void | Promise<void>;
}

/** What a running host tells, as far as doctor asks. */
export interface HostView {
  readonly pid: number;
  readonly version: string;
  readonly channels: readonly {
    readonly name: string;
    readonly isConnected: boolean;
    readonly problem?: string | undefined;
    readonly lastInboundAt?: string | null | undefined;
    readonly lastOutboundAt?: string | null | undefined;
    readonly lastError?: { readonly at: string; readonly reason: string } | null | undefined;
  }[];
}

/** A channel whose credentials are set. */
export interface SetChannel {
  readonly setup: ChannelSetup;
  readonly values: SetupValues;
}

/** All that can be looked at. What depends on the settings is only asked for when these can be read. */
export interface Scene {
  readonly paths: HomePaths;
  readonly configHome: string;
  readonly checkout: string;
  readonly version: string;
  readonly nodeVersion: string;
  /** Where Claude Code keeps its login. */
  readonly claudeLoginFile: string;
  readonly isOffline: boolean;
  readonly now: () => number;
  /** The host that runs on this home, when one answers. */
  readonly host: HostView | undefined;
  readonly settings: { readonly config: Config } | { readonly mistakes: string };
  driver(config: Config): Promise<SandboxDriver>;
  checkSandbox(config: Config): Promise<{ driver: string; results: CheckResult[] }>;
  tryModel(config: Config): Promise<CredentialTrial>;
  channels(config: Config): Promise<readonly SetChannel[]>;
  service(): Promise<{ readonly manager: ServiceManager; readonly state: ServiceState }>;
}

/** One thing that may be wrong. A check that throws has found a problem. */
export type Check =
  | { readonly name: string; run(scene: Scene): Promise<readonly Finding[]> | readonly Finding[] }
  | {
      readonly name: string;
      /** Looks at what the settings decide; left out when they cannot be read. */
      runWith(config: Config, scene: Scene): Promise<readonly Finding[]> | readonly Finding[];
    };

export const ok = (found: string): Finding[] => [{ level: 'ok', found }];
export const skipped = (found: string): Finding[] => [{ level: 'skipped', found }];
export const note = (found: string, fix: string): Finding[] => [{ level: 'note', found, fix }];
export const problem = (found: string, fix: string, repair?: Finding['repair']): Finding[] => [
  { level: 'problem', found, fix, ...(repair && { repair }) },
];
