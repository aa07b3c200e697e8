import type { KnownLayer } from './stored-layers.ts';
import type { Changes, Entry } from './tree.ts';

/** A file that layers touch: as the core has it, as it is with all layers, and by which. */
export interface TouchedFile {
  readonly base: Entry | undefined;
  readonly now: Entry | undefined;
  readonly by: readonly string[];
}

/** What a command would do, worked out before anything is done. */
export interface Plan {
  /** Such as "apply add-weather 1.0.0". */
  readonly what: string;
  /** All of it, for people. */
  readonly lines: readonly string[];
  /** What becomes of the project's files. */
  readonly changes: Changes;
  readonly layers: readonly KnownLayer[];
  readonly files: ReadonlyMap<string, TouchedFile>;
  /** npm brings node_modules and the lock file in line with changed package.json files. */
  readonly installs: boolean;
  /** What the lock file is made for; undefined where no layer names dependencies. */
  readonly lockKey: string | undefined;
  /** The lock file, where npm need not make it: whatever npm writes, this is put there. */
  readonly knownLock: Entry | undefined;
  readonly coreVersion: string;
  /** Whose commands run once the files are written, in order, and what tests it at the end. */
  readonly runs: readonly SkillRuns[];
}

export interface SkillRuns {
  readonly skill: string;
  readonly commands: readonly (readonly string[])[];
  readonly test: readonly string[] | undefined;
}
