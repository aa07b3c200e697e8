import { complaint, type RunProgram } from '../background/run-program.ts';
import { describeError } from '../kernel/errors.ts';
import { failed, planUpdate, type UpdatePlan } from './checkout.ts';
import { discardStage, exchangeMade, makeReady } from './new-version-files.ts';

/** What an update needs of the rest of the program. */
export interface UpdateDeps {
  readonly root: string;
  /** For git and npm; both may take minutes. */
  readonly run: RunProgram;
  /** Backs the home up; gives the file. */
  readonly backup: () => Promise<string>;
  /** Has the version in this directory answer a question, on a copy of the home. Throws with why it does not. */
  readonly tryOut: (stage: string, backup: string) => Promise<void>;
  /** Starts the service anew and waits until it answers; false when it does not. Undefined where no service is installed. */
  readonly restart?: (() => Promise<boolean>) | undefined;
  /** Puts the backup in place; what is there is put aside. */
  readonly restore: (backup: string) => Promise<void>;
  readonly report: (line: string) => void;
  /** Whether what would come is wanted. */
  readonly mayGoOn: (plan: UpdatePlan) => Promise<boolean>;
}

export type UpdateOutcome =
  | { readonly kind: 'current' | 'declined' }
  | ({ readonly kind: 'updated'; readonly backup: string } & UpdatePlan);

/**
 * Brings the checkout forward:
 *
 *   plan → backup → made ready beside it → tried out on a copy of the home → switched → service started anew
 *
 * Up to the switch nothing of the old version has changed. A service that does not come back with the new version gets
 * the old one and the home of the backup again; what was written meanwhile is put aside, not removed. Throws
 * 'update-failed' with why and how things stand.
 */
export async function update(deps: UpdateDeps, wanted: string | undefined): Promise<UpdateOutcome> {
  const { root, run, report } = deps;
  const plan = await planUpdate(run, root, wanted);
  if (plan === undefined) return { kind: 'current' };
  if (!(await deps.mayGoOn(plan))) return { kind: 'declined' };
  report('backing up');
  const backup = await deps.backup();
  report('making the new version ready: packages and build, which takes some minutes');
  const stage = await makeReady(run, root, plan.to);
  try {
    report('trying it out on a copy of your home');
    await deps.tryOut(stage, backup).catch((cause: unknown) => {
      throw failed(`the new version does not answer, and nothing has changed: ${describeError(cause)}`, cause);
    });
    report('switching');
    await switchTo(deps, plan, stage);
    await startAnew(deps, { plan, stage, backup });
  } finally {
    await discardStage(run, root);
  }
  return { kind: 'updated', backup, ...plan };
}

async function switchTo({ root, run }: UpdateDeps, { to }: UpdatePlan, stage: string): Promise<void> {
  const end = await run('git', '-C', root, 'merge', '--quiet', '--ff-only', to);
  if (end.code !== 0) throw failed(`git could not switch, and nothing has changed: ${complaint(end)}`);
  exchangeMade(root, stage);
}

async function startAnew(
  deps: UpdateDeps,
  { plan, stage, backup }: { plan: UpdatePlan; stage: string; backup: string },
): Promise<void> {
  const { root, run, restart, report } = deps;
  if (restart === undefined) return;
  report('starting it');
  const isBack = await restart().catch(() => false);
  if (isBack) return;
  report('it does not come back: going back to the version before');
  exchangeMade(root, stage);
  const end = await run('git', '-C', root, 'reset', '--quiet', '--hard', plan.from);
  if (end.code !== 0) throw failed(`git could not go back: ${complaint(end)}. Run: git reset --hard ${plan.from}`);
  await deps.restore(backup);
  const isOldBack = await restart().catch(() => false);
  const now = isOldBack ? 'the version before runs again' : 'the version before is in place: nanoclaw service status';
  throw failed(`the new version did not start as a service; ${now}. What it had written is put aside in backups/`);
}
