import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** A fault that somebody could write, each of a kind that v1 had: `find` stands in the file, `put` takes its place. */
export interface PlantedBug {
  readonly room: 'cursor' | 'outbox' | 'queue' | 'claim';
  readonly what: string;
  readonly changes: readonly { readonly file: string; readonly find: string; readonly put: string }[];
}

const ADVANCE_TASK = `{
    failpoint('task-finished');
    const next = job.task.scheduleType === 'once' ? null : new Date(deps.now() + Number(job.task.scheduleValue)).toISOString();
    deps.database.prepare("UPDATE scheduled_tasks SET next_run = ?, status = CASE WHEN ? IS NULL THEN 'completed' ELSE status END WHERE id = ?").run(next, next, job.task.id);
  }`;

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    room: 'cursor',
    what: 'the cursor is moved when the turn is opened, not with its answer',
    changes: [
      {
        file: 'flows/answer-group.ts',
        find: 'deps.turns.open(turn, deps.clock.now());',
        put: 'deps.turns.open(turn, deps.clock.now()); deps.groups.markHandled(chatJid, toSeq);',
      },
    ],
  },
  {
    room: 'outbox',
    what: 'a send is not marked before it begins',
    changes: [
      {
        file: 'flows/send-part.ts',
        find: "if (channel.doubt !== 'repeatable') deps.outbox.begin(message.outboxId);",
        put: '',
      },
    ],
  },
  {
    room: 'queue',
    what: 'a sandbox that was asked to end gives its place away before it has ended',
    changes: [
      {
        file: 'queue/queue.ts',
        find: "new Set(['running', 'parked', 'closing'])",
        put: "new Set(['running', 'parked'])",
      },
    ],
  },
  {
    room: 'claim',
    what: 'the next time of a task is moved on after its run, not with the claim',
    changes: [
      {
        file: 'tasks/task-run-store.ts',
        find: 'if (advance.run({ id, due: task.nextRun, next: nextText }).changes === 0) return false;',
        put: 'void [advance, nextText];',
      },
      {
        file: 'tasks/task-run-store.ts',
        find: 'insert.run({ id, due: task.nextRun, now: iso(now) })',
        put: 'insert.run({ id, due: null, now: iso(now) })',
      },
      {
        file: 'flows/settle-task.ts',
        find: "if (isResult) failpoint('task-finished');",
        put: `if (isResult) ${ADVANCE_TASK}`,
      },
      {
        file: 'flows/settle-task.ts',
        find: "  failpoint('task-finished');\n  deps.log.warn",
        put: `  ${ADVANCE_TASK}\n  deps.log.warn`,
      },
    ],
  },
];

/**
 * A copy of the host and of the simulation with the bug in it, without touching this checkout. Throws when the place of
 * the bug has changed: then it has to be planted anew.
 */
export function plantBug(bug: PlantedBug): { directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), `nanoclaw-planted-${bug.room}-`));
  const isSource = (path: string): boolean => !['node_modules', 'dist'].includes(basename(path));
  for (const part of [
    'packages/host',
    'packages/protocol',
    'packages/testkit',
    'test/simulation',
    'package.json',
    'package-lock.json',
  ]) {
    const [from, to] = [join(CHECKOUT, part), join(directory, part)];
    cpSync(from, to, { recursive: true, filter: (path) => path === from || isSource(relative(from, path)) });
  }
  linkPackages(directory);
  for (const { file, find, put } of bug.changes) {
    const path = join(directory, 'packages', 'host', 'src', file);
    const text = readFileSync(path, 'utf8');
    if (text.split(find).length !== 2) throw new Error(`${file} has no single place for the bug in the ${bug.room}`);
    writeFileSync(
      path,
      text.replace(find, () => put),
    );
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Everything that npm installed, but our own packages from the copy. */
function linkPackages(directory: string): void {
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '@nanoclaw'), { recursive: true });
  for (const name of readdirSync(join(CHECKOUT, 'node_modules'))) {
    if (name !== '@nanoclaw') symlinkSync(join(CHECKOUT, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(directory, 'packages'))) {
    symlinkSync(join(directory, 'packages', name), join(modules, '@nanoclaw', name));
  }
}
