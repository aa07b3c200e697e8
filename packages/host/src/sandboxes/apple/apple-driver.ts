import { rmSync } from 'node:fs';
import type { Clock } from '../../kernel/clock.ts';
import { createEngineClient, type EngineClient } from '../engine/engine-client.ts';
import type { EngineDialect } from '../engine/engine-dialect.ts';
import { createEngineDriver } from '../engine/engine-driver.ts';
import type { SandboxDriver } from '../sandbox.ts';
import { APPLE_VERBS, AVAILABILITY_ARGUMENTS, availabilityOf, listArguments, parseList } from './apple-answers.ts';
import { appleRunArguments, socketsOf } from './apple-command-line.ts';
import { openLines } from './host-lines.ts';

/** How Apple's `container` is spoken to, for the sandboxes of one installation. */
function appleDialect(installation: string, linesScript: string): EngineDialect {
  return {
    kind: 'apple',
    program: 'container',
    verbs: APPLE_VERBS,
    availabilityArguments: AVAILABILITY_ARGUMENTS,
    availabilityOf,
    runCommand: (spec, { image }) => ({ launcher: [], args: appleRunArguments(spec, { image, linesScript }) }),
    listArguments,
    parseList: (stdout) => parseList(stdout, installation),
    registry: 'docker.io/library/',
    // It runs on Apple's own processors alone.
    architectureArguments: undefined,
    importsArchives: false,
  };
}

export interface AppleClientOptions {
  readonly installation: string;
  /** Absolute path of `inside/gateway-lines.mjs`. */
  readonly linesScript: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function createAppleClient({ installation, linesScript, environment }: AppleClientOptions): EngineClient {
  return createEngineClient({ dialect: appleDialect(installation, linesScript), environment });
}

/**
 * Sandboxes as containers of Apple's `container`. The way to the gateway is made of lines that the host opens into the
 * sandbox while it lives.
 */
export function createAppleDriver(deps: {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly installation: string;
  readonly image: string;
  readonly expectedBuild: () => Promise<string | undefined>;
}): SandboxDriver {
  const { clock } = deps;
  const engine = createEngineDriver({ ...deps, systemCallFilter: '' });
  return {
    ...engine,
    start(spec) {
      const { gateway, published } = socketsOf(spec);
      // What a host that was killed has left there would be in the way.
      rmSync(published, { force: true });
      const ending = new AbortController();
      const sandbox = engine.start(spec);
      openLines({ published, gateway, clock, signal: ending.signal });
      void sandbox.exited.then(() => {
        ending.abort();
        rmSync(published, { force: true });
      });
      return sandbox;
    },
  };
}
