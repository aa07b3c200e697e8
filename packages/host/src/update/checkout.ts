import { complaint, type RunProgram } from '../background/run-program.ts';
import { NanoError } from '../kernel/errors.ts';

/** What git says of a checkout that can be brought forward. */
export interface UpdatePlan {
  /** Commits, in full. */
  readonly from: string;
  readonly to: string;
  /** What it was asked for, such as `origin/main`. */
  readonly target: string;
  /** Subjects of what comes, the newest first. */
  readonly news: readonly string[];
}

/** Most subjects that are shown. */
export const MAX_NEWS = 50;

/**
 * Fetches, and works out what would come. Undefined when there is nothing new. Throws 'update-failed' where bringing the
 * checkout forward would take something of the owner's with it.
 */
export async function planUpdate(
  run: RunProgram,
  root: string,
  wanted: string | undefined,
): Promise<UpdatePlan | undefined> {
  const git = async (...args: string[]): Promise<string> => {
    const end = await run('git', '-C', root, ...args);
    if (end.code !== 0) throw failed(`git ${args[0]} failed: ${complaint(end)}`);
    return end.stdout.trim();
  };
  const isCheckout = (await run('git', '-C', root, 'rev-parse', '--git-dir')).code === 0;
  if (!isCheckout) throw failed(`${root} is no git checkout: get the new version as you got this one`);
  const changed = (await git('status', '--porcelain', '--untracked-files=no')).split('\n').filter(Boolean);
  if (changed.length > 0)
    throw failed(`${changed.length} files are changed (${changed[0]?.trim()} …): ${WITH_CHANGES}`);
  await git('fetch', '--quiet');
  const target = wanted ?? (await upstreamOf(run, root));
  const from = await git('rev-parse', 'HEAD');
  const to = await git('rev-parse', '--verify', `${target}^{commit}`);
  if (from === to) return undefined;
  const isForward = (await run('git', '-C', root, 'merge-base', '--is-ancestor', from, to)).code === 0;
  if (!isForward) throw failed(`${target} does not follow what is here: merge or rebase with git, then npm start`);
  const log = await git('log', '--no-merges', `--max-count=${MAX_NEWS}`, '--format=%s', `${from}..${to}`);
  return { from, to, target, news: log.split('\n').filter(Boolean) };
}

const WITH_CHANGES =
  'with skills or changes of your own, nanoclaw skills rebase brings the core forward below them; then npm start';

async function upstreamOf(run: RunProgram, root: string): Promise<string> {
  const end = await run('git', '-C', root, 'rev-parse', '--abbrev-ref', '--symbolic-full-name', '@{upstream}');
  if (end.code === 0) return end.stdout.trim();
  throw failed('this branch follows none of a remote: name what to update to with --to');
}

export function failed(why: string, cause?: unknown): NanoError {
  return new NanoError('update-failed', why, { cause });
}
