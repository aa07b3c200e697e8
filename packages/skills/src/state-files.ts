import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { enginePlaces } from './engine-places.ts';
import { SkillError } from './skill-error.ts';
import { emptyState, isEmptyState, objectsOf, type Reference, State } from './state.ts';
import { type Entry, hashOf } from './tree.ts';

/** What is applied. Throws 'skills-damaged' when the file cannot be understood. */
export function readState(root: string, coreVersion: string): State {
  const file = enginePlaces(root).state;
  if (!existsSync(file)) return emptyState(coreVersion);
  try {
    return State.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new SkillError(
      'skills-damaged',
      `${file} is damaged: restore it from a backup, or check the project out anew`,
      { cause },
    );
  }
}

/** The moment at which a transaction counts. */
export function writeState(root: string, state: State): void {
  writeDurably(enginePlaces(root).state, `${JSON.stringify(state, null, 2)}\n`);
}

export function writeDurably(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  const descriptor = openSync(draft, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(draft, file);
}

/** Keeps a content. Gives what the state calls it by. */
export function keepObject(root: string, entry: Entry): Reference {
  const sha256 = hashOf(entry.bytes);
  const file = join(enginePlaces(root).objects, sha256);
  if (!existsSync(file)) writeDurably(file, entry.bytes);
  return { sha256, executable: entry.isExecutable };
}

/** A kept content. Throws 'skills-damaged' when it is gone or has changed. */
export function readObject(root: string, { sha256, executable }: Reference): Entry {
  const file = join(enginePlaces(root).objects, sha256);
  const bytes = existsSync(file) ? readFileSync(file) : undefined;
  if (!bytes || hashOf(bytes) !== sha256) {
    throw new SkillError(
      'skills-damaged',
      `${file} is missing or damaged: restore .nanoclaw/ from a backup, or check the project out anew`,
    );
  }
  return { bytes, isExecutable: executable };
}

/** Removes contents that nothing needs, and everything when nothing is applied. */
export function tidyEngineFolder(root: string, state: State): void {
  const places = enginePlaces(root);
  const needed = objectsOf(state);
  for (const name of existsSync(places.objects) ? readdirSync(places.objects) : []) {
    if (!needed.has(name)) rmSync(join(places.objects, name), { force: true });
  }
  if (!isEmptyState(state)) return;
  rmSync(places.state, { force: true });
  for (const folder of [places.objects, places.home]) removeIfEmpty(folder);
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds something, or is gone: either way there is nothing to do.
  }
}
