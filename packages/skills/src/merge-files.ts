import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SkillError } from './skill-error.ts';
import { type Entry, isSameEntry } from './tree.ts';

export interface ThreeWay {
  readonly ours: Entry | undefined;
  readonly base: Entry | undefined;
  readonly theirs: Entry | undefined;
}

export type Merged = { kind: 'clean'; entry: Entry | undefined } | { kind: 'conflict'; what: string };

/** Brings two changes of one file together. Only where both changed the same file is git asked to do it line by line. */
export function mergeThree({ ours, base, theirs }: ThreeWay): Merged {
  if (isSameEntry(ours, theirs) || isSameEntry(base, theirs)) return { kind: 'clean', entry: ours };
  if (isSameEntry(base, ours)) return { kind: 'clean', entry: theirs };
  if (ours === undefined || theirs === undefined)
    return { kind: 'conflict', what: 'one side removed the file, the other changed it' };
  if (base === undefined) return { kind: 'conflict', what: 'both sides added the file, with different content' };
  if ([ours, base, theirs].some(({ bytes }) => bytes.includes(0)))
    return { kind: 'conflict', what: 'both sides changed a file that is no text' };
  const isExecutable = ours.isExecutable === base.isExecutable ? theirs.isExecutable : ours.isExecutable;
  const merged = mergeLines([ours.bytes, base.bytes, theirs.bytes]);
  return typeof merged === 'string'
    ? { kind: 'conflict', what: merged }
    : { kind: 'clean', entry: { bytes: merged, isExecutable } };
}

/** The merged text, or what both sides made of the same lines. */
function mergeLines(sides: readonly [Buffer, Buffer, Buffer]): Buffer | string {
  const folder = mkdtempSync(join(tmpdir(), 'nanoclaw-merge-'));
  try {
    const names = ['now', 'before', 'wanted'];
    for (const [index, bytes] of sides.entries())
      writeFileSync(join(folder, names[index] ?? ''), bytes, { mode: 0o600 });
    const result = spawnSync('git', ['merge-file', '-p', '--diff3', ...names], {
      cwd: folder,
      maxBuffer: 64 * 2 ** 20,
    });
    if (result.status === 0) return result.stdout;
    if (result.status === null || result.status < 0 || result.status > 127) {
      const why = result.error?.message ?? result.stderr.toString('utf8').trim();
      throw new SkillError('skill-failed', `git merge-file does not run (${why}): install git`);
    }
    return firstConflict(result.stdout.toString('utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SHOWN_LINES = 24;

function firstConflict(text: string): string {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith('<<<<<<<'));
  const end = lines.findIndex((line, at) => at > begin && line.startsWith('>>>>>>>'));
  const shown = lines.slice(begin, end + 1);
  const cut = shown.length > SHOWN_LINES ? [...shown.slice(0, SHOWN_LINES), '…'] : shown;
  return `both sides changed these lines:\n${cut.map((line) => `      ${line}`).join('\n')}`;
}
