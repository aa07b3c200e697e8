import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { SkillError } from './skill-error.ts';

/** A process id, and when that process began, so that a reused id is not taken for it. */
const Holder = z.object({ pid: z.number().int().positive(), began: z.string() });
type Holder = z.infer<typeof Holder>;

/**
 * One command changes skills at a time. Gives the function that lets go. A lock of a dead process is taken over, which
 * is told to `report`. Throws 'skills-locked' when a live one holds it.
 */
export function lockSkills(file: string, report: (line: string) => void): () => void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, began: processBegan(process.pid) ?? '' }), { mode: 0o600 });
  try {
    if (!tryLink(mine, file)) takeOver(file, mine, report);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}

function takeOver(file: string, mine: string, report: (line: string) => void): void {
  const holder = readHolder(file);
  if (holder && isAlive(holder)) {
    throw new SkillError(
      'skills-locked',
      `another command (process ${holder.pid}) is changing skills: wait until it has ended`,
    );
  }
  // Only who moves the stale lock away may make a new one: moving the same file succeeds once.
  const stale = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, stale);
  } catch (cause) {
    throw new SkillError('skills-locked', 'another command is taking over the lock on skills: try again', { cause });
  }
  const moved = readHolder(stale);
  if (moved && isAlive(moved)) {
    renameSync(stale, file);
    throw new SkillError(
      'skills-locked',
      `another command (process ${moved.pid}) was quicker: wait until it has ended`,
    );
  }
  rmSync(stale, { force: true });
  if (!tryLink(mine, file))
    throw new SkillError('skills-locked', 'another command was quicker: wait until it has ended');
  report(
    `took over the lock of ${holder ? `process ${holder.pid}` : 'a process'}, which died while it was changing skills`,
  );
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined for a damaged lock: nobody can be shown to hold it. */
function readHolder(file: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = processBegan(pid);
  return now === undefined || began === '' || now === began;
}

/** Start time in clock ticks since boot (proc(5), field 22); undefined where there is no /proc. */
function processBegan(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
