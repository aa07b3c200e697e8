import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What makes a folder of skills a plugin of the Agent SDK. */
const MANIFEST = JSON.stringify({
  name: 'nanoclaw',
  version: '2.0.0',
  description: 'What NanoClaw teaches its agents.',
});

/** In a skill that only some groups get: the names of their folders. */
const GROUPS_FILE = 'groups.json';
const Groups = z.array(z.string());

/**
 * Copies the skills below `source` that a group gets, each a folder with a SKILL.md, into its plugin at `target`, and removes
 * those that it does not get any more. Files that are the same stay as they are: sandboxes may be reading them. Everybody may read them.
 */
export function syncSkills(source: string, target: string, group: string): void {
  const skills = join(target, 'skills');
  mkdirSync(join(target, '.claude-plugin'), { recursive: true, mode: 0o755 });
  mkdirSync(skills, { recursive: true, mode: 0o755 });
  keep(join(target, '.claude-plugin', 'plugin.json'), MANIFEST);
  const wanted = foldersIn(source).filter(
    (name) => readIfThere(join(source, name, 'SKILL.md')) !== undefined && isFor(group, join(source, name)),
  );
  for (const name of foldersIn(skills)) {
    if (!wanted.includes(name)) rmSync(join(skills, name), { recursive: true, force: true });
  }
  for (const name of wanted) {
    if (isSame(join(source, name), join(skills, name))) continue;
    rmSync(join(skills, name), { recursive: true, force: true });
    cpSync(join(source, name), join(skills, name), { recursive: true, dereference: true });
    openForReading(join(skills, name));
  }
}

/** A list that cannot be read names nobody: a skill is rather missed than given to whom it was not meant for. */
function isFor(group: string, skill: string): boolean {
  const text = readIfThere(join(skill, GROUPS_FILE));
  if (text === undefined) return true;
  try {
    return Groups.parse(JSON.parse(text)).includes(group);
  } catch {
    return false;
  }
}

function keep(path: string, content: string): void {
  if (readIfThere(path) !== content) writeFileSync(path, content, { mode: 0o644 });
}

function openForReading(path: string): void {
  chmodSync(path, 0o755);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) openForReading(below);
    else chmodSync(below, 0o755);
  }
}

/** Whether both have the same files with the same bytes, at any depth. */
function isSame(one: string, other: string): boolean {
  return JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other));
}

function contentOf(directory: string): readonly (readonly [string, string])[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return names.flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isFile() ? [[name, readFileSync(path, 'base64')] as const] : [];
  });
}

function foldersIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    // No skills are shipped with this build.
    return [];
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
