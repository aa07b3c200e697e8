import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { showCommand } from './commands.ts';
import { asWas, type EngineDeps, finish, installPackages, undo } from './engine.ts';
import type { Journal } from './journal.ts';
import { beginJournal, draftFor, markInstalling } from './journal-files.ts';
import { LIMITS } from './limits.ts';
import type { Plan, TouchedFile } from './plan.ts';
import { parentsOf, readProjectFile, refuseDetours } from './project-files.ts';
import { runCommand } from './run-command.ts';
import type { State } from './state.ts';
import { keepObject, writeState } from './state-files.ts';
import { storeLayers } from './stored-layers.ts';
import { LOCK_FILE } from './structured-changes.ts';
import { type Changes, isSameEntry } from './tree.ts';
import { findGenerated, undoTraces, watchProject } from './watch-files.ts';

/** What became of a command: its plan, and whether it was carried out. */
export interface Outcome {
  readonly plan: Plan;
  readonly isDone: boolean;
}

/** Shows the plan, and carries it out where that is wanted. */
export async function carryOutIfApproved(deps: EngineDeps, plan: Plan, before: State): Promise<Outcome> {
  const isDone = await deps.approve(plan);
  if (isDone) await carryOut(deps, plan, before);
  return { plan, isDone };
}

/**
 * Carries a plan out as a whole or not at all. What undoes it is on the disk first; the state, written last, makes it
 * count. Killed before that, the next command undoes it; killed after, it is done.
 */
async function carryOut(deps: EngineDeps, plan: Plan, before: State): Promise<void> {
  const transaction = deps.newId();
  const { root, onStep } = deps;
  const watches = plan.runs.some(({ commands, test }) => commands.length > 0 || test !== undefined);
  const changes = plan.installs
    ? new Map([...plan.changes, [LOCK_FILE, plan.changes.get(LOCK_FILE) ?? readProjectFile(root, LOCK_FILE)]])
    : plan.changes;
  let done: { journal: Journal; state: State };
  try {
    onStep('write down how it was');
    const journal = beginJournal(root, {
      transaction,
      what: plan.what,
      changes,
      watches,
      earlierFolders: before.folders,
    });
    writeFiles(deps, changes, transaction);
    const files = plan.installs ? await install(deps, plan) : plan.files;
    const layers = await runCommands(deps, plan);
    onStep('write the state');
    const folders = [...new Set([...before.folders, ...journal.folders, ...foldersMade(journal, layers)])];
    const state = stateAfter(root, {
      plan: { ...plan, layers, files: withMade(files, layers) },
      before,
      folders,
      transaction,
    });
    writeState(root, state);
    done = { journal, state };
  } catch (error) {
    await undo(deps);
    throw asWas(plan.what, error);
  }
  finish(deps, done.journal, done.state);
}

/** All new contents are on the disk before the first file changes: a full disk is noticed while nothing has happened. */
function writeFiles({ root, onStep }: EngineDeps, changes: Changes, transaction: string): void {
  for (const [path, entry] of changes) {
    if (!entry) continue;
    onStep(`prepare ${path}`);
    refuseDetours(root, path);
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeDraft(draftFor(root, path, transaction), entry.bytes);
    chmodSync(draftFor(root, path, transaction), entry.isExecutable ? 0o755 : 0o644);
  }
  for (const [path, entry] of changes) {
    onStep(`${entry ? 'write' : 'remove'} ${path}`);
    refuseDetours(root, path);
    if (entry) renameSync(draftFor(root, path, transaction), join(root, path));
    else rmSync(join(root, path), { force: true });
  }
}

function writeDraft(file: string, bytes: Buffer): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function install(deps: EngineDeps, plan: Plan): Promise<ReadonlyMap<string, TouchedFile>> {
  deps.onStep('install packages');
  markInstalling(deps.root);
  await installPackages(deps);
  // npm of another version, or a registry with other platforms, writes the same installation down in other words.
  if (plan.knownLock && !isSameEntry(readProjectFile(deps.root, LOCK_FILE), plan.knownLock)) {
    writeFiles(deps, new Map([[LOCK_FILE, plan.knownLock]]), deps.newId());
  }
  const files = new Map(plan.files);
  const lock = files.get(LOCK_FILE);
  if (lock) files.set(LOCK_FILE, { ...lock, now: readProjectFile(deps.root, LOCK_FILE) });
  return files;
}

/** Runs what was shown. What commands make belongs to their skill; what a test leaves is removed. */
async function runCommands(deps: EngineDeps, plan: Plan): Promise<Plan['layers']> {
  let layers = plan.layers;
  for (const { skill, commands, test } of plan.runs) {
    const watched = commands.length > 0 ? watchProject(deps.root) : undefined;
    for (const words of commands) {
      deps.onStep(`run ${showCommand(words)}`);
      await runCommand({ ...deps, words, limitMs: LIMITS.commandMs });
    }
    if (watched) {
      const generated = findGenerated(deps.root, { skill, watched });
      layers = layers.map((known) =>
        known.layer.kind === 'skill' && known.layer.package.name === skill ? { ...known, generated } : known,
      );
    }
    if (test === undefined) continue;
    const atTest = watchProject(deps.root);
    deps.onStep(`test ${showCommand(test)}`);
    await runCommand({ ...deps, words: test, limitMs: LIMITS.commandMs });
    undoTraces(deps.root, atTest);
  }
  return layers;
}

/** Folders of what commands made, in which there was nothing before. */
function foldersMade({ files }: Journal, layers: Plan['layers']): string[] {
  const known = new Set(files.flatMap(({ path }) => parentsOf(path)));
  const made = layers.flatMap(({ generated }) => [...generated.keys()].flatMap(parentsOf));
  return made.filter((folder) => !known.has(folder));
}

function withMade(files: ReadonlyMap<string, TouchedFile>, layers: Plan['layers']): ReadonlyMap<string, TouchedFile> {
  const all = new Map(files);
  for (const { layer, generated } of layers) {
    for (const [path, entry] of generated) {
      if (layer.kind === 'skill' && !all.has(path))
        all.set(path, { base: undefined, now: entry, by: [layer.package.name] });
    }
  }
  return all;
}

interface Made {
  readonly plan: Plan;
  readonly before: State;
  readonly folders: readonly string[];
  readonly transaction: string;
}

function stateAfter(root: string, { plan, before, folders, transaction }: Made): State {
  const side = (entry: TouchedFile['base']) => (entry ? keepObject(root, entry) : null);
  const files = Object.fromEntries(
    [...plan.files].map(([path, { base, now, by }]) => [path, { base: side(base), now: side(now), by: [...by] }]),
  );
  const lock = files[LOCK_FILE]?.now;
  const paths = Object.keys(files);
  return {
    ...before,
    core_version: plan.coreVersion,
    transaction,
    layers: storeLayers(root, plan.layers),
    files,
    folders: folders
      .filter((folder) => paths.some((path) => path.startsWith(`${folder}/`)))
      .sort((one, other) => one.length - other.length),
    locks: plan.lockKey === undefined ? {} : { ...before.locks, ...(lock ? { [plan.lockKey]: lock } : {}) },
  };
}
