import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { identityOf, isAlive, parseIdentity } from '../kernel/process-identity.ts';
import { isMissing } from '../kernel/safe-files.ts';

/** How often a lock may come and go while it is looked at. */
const MAX_TRIES = 5;

/** How many locks on locks there may be: each level is a starter that died while it took over the level above. */
const MAX_DEPTH = 5;

/**
 * One host per home. Returns the function that lets go. Throws 'home-locked' when a live process holds it; a lock of
 * a dead process is taken over. Creation is by link(2), which cannot succeed twice; taking over is done under a lock of
 * its own, because between seeing a stale lock and replacing it another starter may have done so.
 */
export function lockHome(file: string): () => void {
  const mine = `${file}.${newId('own')}`;
  writeFileSync(mine, JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  try {
    acquire(file, mine, 0);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => release(file);
}

function acquire(file: string, mine: string, depth: number): void {
  if (takeIfFree(file, mine)) return;
  if (depth === MAX_DEPTH) {
    throw new NanoError('home-locked', `${file} was left behind: remove the files that begin with its name`);
  }
  const guard = `${file}.takeover`;
  acquire(guard, mine, depth + 1);
  try {
    if (takeIfFree(file, mine)) return;
    // Stale, and only the holder of the guard replaces a stale lock: it stays until it is replaced here.
    const copy = `${file}.${newId('new')}`;
    linkSync(mine, copy);
    renameSync(copy, file);
  } finally {
    rmSync(guard, { force: true });
  }
}

/** False when there is a stale lock. Throws 'home-locked' when a live process holds it. */
function takeIfFree(file: string, mine: string): boolean {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (tryLink(mine, file)) return true;
    const lock = look(file);
    if (lock.kind === 'stale') return false;
    if (lock.kind === 'held') {
      const what = `another NanoClaw (process ${lock.pid}) runs on this home`;
      throw new NanoError('home-locked', `${what}: stop it first, or set NANOCLAW_HOME to another directory`);
    }
  }
  throw new NanoError('home-locked', `the lock ${file} keeps changing hands: start only one NanoClaw on this home`);
}

/** The live process that holds a home, if any. */
export function lockHolder(file: string): number | undefined {
  const lock = look(file);
  return lock.kind === 'held' ? lock.pid : undefined;
}

function look(file: string): { kind: 'free' | 'stale' } | { kind: 'held'; pid: number } {
  try {
    const holder = parseIdentity(readFileSync(file, 'utf8'));
    return holder && isAlive(holder) ? { kind: 'held', pid: holder.pid } : { kind: 'stale' };
  } catch (error) {
    if (isMissing(error)) return { kind: 'free' };
    throw error;
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new NanoError('home-unusable', `cannot create ${to}: the home must be writable and support links`, {
      cause: error,
    });
  }
}

function release(file: string): void {
  if (lockHolder(file) === process.pid) rmSync(file, { force: true });
}
