import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import { type SandboxUser, sandboxUser } from '@nanoclaw/host/sandboxes/spec.js';
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest';
import { type Bench, createBench } from './sandbox-conformance/bench.ts';
import { boundaryChecks } from './sandbox-conformance/boundary.ts';
import { hostDeathChecks } from './sandbox-conformance/host-death.ts';
import { lifeChecks } from './sandbox-conformance/life.ts';
import { limitChecks } from './sandbox-conformance/limits.ts';
import { networkChecks } from './sandbox-conformance/network.ts';
import { streamChecks } from './sandbox-conformance/streams.ts';
import { systemCallChecks } from './sandbox-conformance/system-calls.ts';
import { toolChecks } from './sandbox-conformance/tools.ts';

/** What the suite must know about a driver. */
export interface SandboxConformanceOptions {
  /** Title of the suite, such as `bubblewrap, host is root`. */
  name: string;
  createDriver: (installation: string) => SandboxDriver;
  /** A reason not to run anything; `undefined` runs the suite. */
  unavailable?: string | undefined;
  /** Who the driver acts as on the host, and so who sandboxes are (`sandboxUser`); default: this process. */
  host?: SandboxUser;
  /**
   * A module, as a file path, that exports `createDriver(installation)`. A second process imports it, starts a sandbox and
   * dies. Without it the orphan check is skipped.
   */
  driverModule?: string;
  /** True where the kernel ends sandboxes when the host process dies; otherwise they are only found and stopped. */
  endsWithHost?: boolean;
  /** Checks this driver cannot pass, by their exact names, each with the reason that the report shows. */
  skips?: Readonly<Record<string, string>>;
  /** Oldest major version of Node accepted inside. */
  nodeMajor: number;
  /**
   * `approximate`: memory is bounded per process only and an excess is not recognised as such. `unreported`: it is bounded
   * for the whole, but the engine does not say that this was what ended a sandbox.
   */
  memoryLimit?: 'exact' | 'approximate' | 'unreported';
}

/** One check: a sentence and what shows it. It may `context.skip(reason)` when its own control fails. */
export type Check = (name: string, body: (bench: Bench, context: TestContext) => Promise<void>) => void;

/** What the groups of checks get. */
export interface CheckContext {
  check: Check;
  options: SandboxConformanceOptions;
}

/** Registers the tests that every sandbox driver passes, with the probe in the runner's place. */
export function sandboxConformance(options: SandboxConformanceOptions): void {
  describe.skipIf(options.unavailable !== undefined)(suiteTitle(options), () => {
    const host = options.host ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const known = new Set<string>();
    let bench: Bench;
    beforeAll(() => {
      bench = createBench({ createDriver: options.createDriver, host, user: sandboxUser(host.uid, host.gid) });
    });
    afterAll(() => bench?.close());
    const check: Check = (name, body) => {
      known.add(name);
      it(name, async (context) => {
        const reason = options.skips?.[name];
        if (reason !== undefined) context.skip(reason);
        try {
          await body(bench, context);
        } finally {
          // All at once at the end would be more than an engine without a daemon bears.
          await bench.stopAll();
        }
      });
    };
    for (const group of [
      streamChecks,
      lifeChecks,
      hostDeathChecks,
      boundaryChecks,
      networkChecks,
      systemCallChecks,
      limitChecks,
      toolChecks,
    ]) {
      group({ check, options });
    }
    const unknown = Object.keys(options.skips ?? {}).filter((name) => !known.has(name));
    if (unknown.length > 0) throw new Error(`skips name checks that do not exist: ${unknown.join(', ')}`);
  });
}

function suiteTitle(options: SandboxConformanceOptions): string {
  const note = options.unavailable === undefined ? '' : ` (skipped: ${options.unavailable})`;
  return `sandbox conformance of ${options.name}${note}`;
}
