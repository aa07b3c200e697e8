import { join } from 'node:path';
import { enginePlaces } from './engine-places.ts';
import type { Journal } from './journal.ts';
import { endJournal, findJournal, hasBegunInstalling } from './journal-files.ts';
import { LIMITS } from './limits.ts';
import { lockSkills } from './lock-files.ts';
import type { Plan } from './plan.ts';
import { runCommand } from './run-command.ts';
import { SkillError } from './skill-error.ts';
import type { State } from './state.ts';
import { readState, removeIfEmpty, tidyEngineFolder } from './state-files.ts';
import { undoFiles } from './undo-files.ts';

/** All that the engine needs of its surroundings. */
export interface EngineDeps {
  /** The checkout that is changed. */
  readonly root: string;
  readonly coreVersion: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The time as ISO text. */
  readonly now: () => string;
  /** A new name that is unique. */
  readonly newId: () => string;
  /** Told before each step of a transaction. */
  readonly onStep: (step: string) => void;
  /** What commands print, and what was mended. */
  readonly report: (line: string) => void;
  /** Shows the plan, then says whether it is to be carried out. Nothing is changed or run before. */
  readonly approve: (plan: Plan) => Promise<boolean>;
}

/** Holds the lock for one command, and first undoes or ends what an earlier one that was killed has left. */
export async function withSkills<T>(deps: EngineDeps, act: (state: State) => Promise<T>): Promise<T> {
  const places = enginePlaces(deps.root);
  const unlock = lockSkills(places.lock, deps.report);
  try {
    await recover(deps);
    return await act(readState(deps.root, deps.coreVersion));
  } finally {
    unlock();
    removeIfEmpty(places.home);
  }
}

async function recover(deps: EngineDeps): Promise<void> {
  const journal = findJournal(deps.root);
  const state = readState(deps.root, deps.coreVersion);
  if (journal === undefined) return tidyEngineFolder(deps.root, state);
  if (state.transaction === journal.transaction) {
    deps.report(`${journal.what} had been finished when its command was killed`);
    return finish(deps, journal, state);
  }
  const aside = undoFiles(deps.root, journal, { keepForeign: true, onStep: deps.onStep });
  deps.report(`${journal.what} was cut off: everything is as it was before`);
  for (const path of aside) {
    deps.report(`${path} was written since; it is now in .nanoclaw/aside/${journal.transaction}/${path}`);
  }
  await reinstall(deps);
  endJournal(deps.root);
  tidyEngineFolder(deps.root, state);
}

/** What is left to do once the state is written; it may be repeated. */
export function finish({ root, onStep }: EngineDeps, journal: Journal, state: State): void {
  const unneeded = [...journal.earlier_folders, ...journal.folders].filter((folder) => !state.folders.includes(folder));
  for (const folder of unneeded.sort((one, other) => other.length - one.length)) removeIfEmpty(join(root, folder));
  onStep('forget how it was');
  endJournal(root);
  onStep('tidy up');
  tidyEngineFolder(root, state);
}

/** After files were put back: packages, too, where the transaction had begun to change them. */
async function reinstall(deps: EngineDeps): Promise<void> {
  if (!hasBegunInstalling(deps.root)) return;
  try {
    await installPackages(deps);
  } catch {
    deps.report('the packages of before could not be installed again: run npm ci');
  }
}

/** Undoes a transaction that failed in this process. Its error is thrown by the caller. */
export async function undo(deps: EngineDeps): Promise<void> {
  const journal = findJournal(deps.root);
  if (!journal) return;
  undoFiles(deps.root, journal, { keepForeign: false, onStep: deps.onStep });
  await reinstall(deps);
  endJournal(deps.root);
  tidyEngineFolder(deps.root, readState(deps.root, deps.coreVersion));
}

/** No script of a package runs, and nothing but the registry is asked. */
export async function installPackages(deps: EngineDeps): Promise<void> {
  const { root, environment, report } = deps;
  const words = ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await runCommand({ root, words, environment, report, limitMs: LIMITS.installMs });
}

/** True for a failure of a disk that is full. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** What a person is told of a failure, once everything is as it was. */
export function asWas(what: string, error: unknown): SkillError {
  const why = isFull(error) ? 'the disk is full' : error instanceof Error ? error.message : String(error);
  const code = error instanceof SkillError ? error.code : 'skill-failed';
  return new SkillError(code, `${what} failed, and everything is as it was before: ${why}`, { cause: error });
}
