import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LIMITS } from './limits.ts';
import { parseManifest } from './manifest.ts';
import { refusal, SkillError } from './skill-error.ts';
import { crossProblems, type SkillPackage } from './skill-package.ts';
import { parseSkillText } from './skill-text.ts';
import type { Entry } from './tree.ts';

/** Reads a skill's folder. Throws 'skill-not-found', or 'skill-refused' with everything that is wrong with it. */
export function readSkillPackage(folder: string): SkillPackage {
  const name = basename(folder);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found) throw new SkillError('skill-not-found', `there is no skill ${name}: see nanoclaw skills list`);
  const problems: string[] = [];
  const files = readPackage(folder, problems);
  if (problems.length > 0) throw refusal(`skill ${name} is refused`, problems);
  return parsePackage(name, files);
}

/** Makes a package of its files. Throws 'skill-refused' with everything that is wrong with it. */
export function parsePackage(name: string, files: ReadonlyMap<string, Entry>): SkillPackage {
  const text = files.get('SKILL.md')?.bytes.toString('utf8');
  const head = text === undefined ? { problems: ['SKILL.md is missing'] } : parseSkillText(text, name);
  const yaml = files.get('manifest.yaml')?.bytes.toString('utf8');
  const parsed = yaml === undefined ? undefined : parseManifest(yaml);
  const problems = 'problems' in head ? [...head.problems] : [];
  if (parsed && 'problems' in parsed) problems.push(...parsed.problems);
  if (parsed && 'manifest' in parsed) {
    problems.push(...crossProblems(parsed.manifest, files).map((problem) => `manifest.yaml: ${problem}`));
    if (parsed.manifest.skill !== name) {
      problems.push(
        `manifest.yaml: skill: is ${parsed.manifest.skill}, but its folder is ${name}; both must be the same`,
      );
    }
  }
  if ('head' in head && head.head.isForAgents && parsed) {
    problems.push(
      'a skill for agents (metadata: kind: container) has no manifest.yaml; a feature adds container/skills/… instead',
    );
  }
  if (problems.length > 0 || !('head' in head)) throw refusal(`skill ${name} is refused`, problems);
  const common = { name, description: head.head.description, files };
  if (parsed && 'manifest' in parsed) return { ...common, kind: 'feature', manifest: parsed.manifest };
  return { ...common, kind: head.head.isForAgents ? 'container' : 'guide' };
}

/** Every file of the folder; what is no plain file, or too large, becomes a problem. */
function readPackage(root: string, problems: string[]): Map<string, Entry> {
  const files = new Map<string, Entry>();
  let bytes = 0;
  const visit = (below: string): void => {
    const path = below === '' ? root : join(root, below);
    const stat = lstatSync(path);
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(below === '' ? name : `${below}/${name}`);
      return;
    }
    const problem = kindProblem(stat) ?? sizeProblem(stat.size);
    if (problem !== undefined) problems.push(`${below || '.'} ${problem}`);
    else if (files.size >= LIMITS.packageFiles)
      throw refusal(`skill ${basename(root)} is refused`, [`it has more than ${LIMITS.packageFiles} files`]);
    else {
      const entry = readPlainFile(path);
      bytes += entry.bytes.length;
      if (bytes > LIMITS.packageBytes)
        throw refusal(`skill ${basename(root)} is refused`, [`it is larger than ${LIMITS.packageBytes} bytes`]);
      files.set(below, entry);
    }
  };
  visit('');
  return files;
}

function kindProblem(stat: ReturnType<typeof lstatSync>): string | undefined {
  if (!stat || stat.isFile()) return undefined;
  if (stat.isSymbolicLink()) return 'is a symbolic link; a skill holds plain files';
  if (stat.isFIFO()) return 'is a named pipe; a skill holds plain files';
  if (stat.isSocket()) return 'is a socket; a skill holds plain files';
  return 'is a device; a skill holds plain files';
}

function sizeProblem(bytes: number): string | undefined {
  return bytes > LIMITS.fileBytes ? `is larger than ${LIMITS.fileBytes} bytes` : undefined;
}

/** Neither follows a link nor waits for a pipe that took the file's place meanwhile. */
export function readPlainFile(path: string): Entry {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new SkillError('skill-refused', `${path} is no plain file`);
    return { bytes: readFileSync(descriptor), isExecutable: (stat.mode & 0o100) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}
