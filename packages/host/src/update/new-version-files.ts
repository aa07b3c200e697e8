import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { complaint, type RunProgram } from '../background/run-program.ts';
import { failed } from './checkout.ts';

/** Where a new version is made ready: on the same disk as the checkout, so that its parts are moved in one step. */
export function stageOf(root: string): string {
  return join(root, '.nanoclaw', 'update');
}

/** Checks the new version out beside the old one, installs its packages and builds it. Throws 'update-failed'. */
export async function makeReady(run: RunProgram, root: string, commit: string): Promise<string> {
  const stage = stageOf(root);
  await discardStage(run, root);
  mkdirSync(join(root, '.nanoclaw'), { recursive: true, mode: 0o700 });
  const steps: readonly (readonly [string, ...string[]])[] = [
    ['git', '-C', root, 'worktree', 'add', '--quiet', '--detach', stage, commit],
    ['npm', '--prefix', stage, 'ci'],
    ['npm', '--prefix', stage, 'run', '--silent', 'build'],
  ];
  for (const [program, ...args] of steps) {
    const end = await run(program, ...args);
    if (end.code === 0) continue;
    await discardStage(run, root);
    throw failed(`the new version could not be made ready, and nothing has changed: ${complaint(end)}`);
  }
  return stage;
}

/** Also what an update that was killed has left. */
export async function discardStage(run: RunProgram, root: string): Promise<void> {
  rmSync(stageOf(root), { recursive: true, force: true });
  await run('git', '-C', root, 'worktree', 'prune');
}

/** What is made and not checked out: packages, and what was built. */
function madeIn(root: string): string[] {
  const packages = join(root, 'packages');
  const built = existsSync(packages) ? readdirSync(packages).map((name) => join('packages', name, 'dist')) : [];
  return ['node_modules', ...built];
}

/**
 * Exchanges what is made for what the stage has, by renames. The old parts lie in the stage afterwards, so that the same
 * call takes them back.
 */
export function exchangeMade(root: string, stage: string): void {
  const aside = join(stage, '.aside');
  mkdirSync(aside, { recursive: true });
  for (const part of new Set([...madeIn(root), ...madeIn(stage)])) {
    const [here, there, between] = [join(root, part), join(stage, part), join(aside, part.replaceAll('/', '_'))];
    if (existsSync(here)) renameSync(here, between);
    if (existsSync(there)) renameSync(there, here);
    if (existsSync(between)) renameSync(between, there);
  }
  rmSync(aside, { recursive: true, force: true });
}
