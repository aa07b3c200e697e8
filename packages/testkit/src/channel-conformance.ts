import { afterEach, describe, expect, it } from 'vitest';
import { faultChecks } from './channel-conformance/faults.ts';
import { lifeChecks, openNow } from './channel-conformance/life.ts';
import type { PlatformUnderTest } from './channel-conformance/platform.ts';
import { receivingChecks } from './channel-conformance/receiving.ts';
import { createScene, type Scene, type SceneOptions } from './channel-conformance/scene.ts';
import { sendingChecks } from './channel-conformance/sending.ts';

/** How long one check may take, in milliseconds, on a machine that is busy with other things. */
const CHECK_LIMIT_MS = 240_000;

export interface ChannelConformanceOptions {
  /** Title of the suite, such as `telegram`. */
  readonly name: string;
  /** Starts the platform's wire server; each check has its own. */
  startPlatform(): Promise<PlatformUnderTest>;
  /** Checks of what this platform does not have, by their exact names, each with the reason that the report shows. */
  readonly lacks?: Readonly<Record<string, string>>;
}

export interface ChannelCheckContext {
  readonly scene: Scene;
  readonly platform: PlatformUnderTest;
  /** What was open before the platform was there, by kind. */
  readonly heldOpen: Readonly<Record<string, number>>;
}

/** One check: a sentence and what shows it. */
export type ChannelCheck = (
  name: string,
  body: (context: ChannelCheckContext) => Promise<void>,
  options?: SceneOptions,
) => void;

/**
 * Registers the tests that every channel passes: the real channel with its real client library against its platform's
 * wire server, between a host's real store, inbox and deliverer.
 */
export function channelConformance(options: ChannelConformanceOptions): void {
  describe(`channel conformance of ${options.name}`, () => {
    const known = new Set<string>();
    const lacks = options.lacks ?? {};
    let ending: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const end of ending.reverse()) await end();
      ending = [];
    });
    const check: ChannelCheck = (name, body, sceneOptions = {}) => {
      known.add(name);
      const reason = lacks[name];
      // A skipped test is a failure in CI; this one has nothing to test.
      if (reason !== undefined) return it(`has no use for "${name}": ${reason}`, () => undefined);
      it(name, { timeout: CHECK_LIMIT_MS }, async () => {
        const heldOpen = openNow();
        const platform = await options.startPlatform();
        ending.push(() => platform.stop());
        const scene = createScene(platform, sceneOptions);
        ending.push(() => scene.end());
        await body({ scene, platform, heldOpen });
      });
    };
    for (const group of [receivingChecks, sendingChecks, faultChecks, lifeChecks]) group(check);
    it('lacks only what there are checks for', () => {
      expect(Object.keys(lacks).filter((name) => !known.has(name))).toEqual([]);
    });
  });
}
