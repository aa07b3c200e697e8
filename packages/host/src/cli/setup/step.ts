import type { WantedManager } from '../../background/choose-manager.ts';
import type { CliDeps } from '../cli-deps.ts';
import type { Asker } from './asker.ts';

/** What the steps share. */
export interface SetupContext {
  readonly deps: CliDeps;
  readonly ask: Asker;
  /** Aborts when the owner leaves. */
  readonly signal: AbortSignal;
  /** Named on the command line: it is asked also when it is done. */
  readonly channel: string | undefined;
  /** Folders given on the command line. */
  readonly mounts: readonly string[];
  readonly manager: WantedManager;
  /** Something that a script has to do next: a code to send, for instance. */
  readonly tell: (facts: Readonly<Record<string, string>>) => void;
}

/** One thing that a new installation needs. */
export interface SetupStep {
  readonly name: string;
  readonly title: string;
  /** How it is, when it is done and still true; then it is not asked again. */
  look(context: SetupContext): Promise<string | undefined>;
  /** Does it and verifies it. Returns how it is now; undefined when the owner does not want it. */
  act(context: SetupContext): Promise<string | undefined>;
}
