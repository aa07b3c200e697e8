import { insertTask } from '@nanoclaw/testkit';
import type { Chance } from './chance.ts';
import { CHATS } from './home-template.ts';
import type { HostLife } from './host-life.ts';
import type { Shown } from './platform.ts';
import type { Witness } from './promises.ts';
import { tokensIn } from './sandboxes.ts';

/** A task as the world knows it. Tokens of tasks that run once begin with `k`, of repeated ones with `i`. */
export interface Scheduled {
  readonly token: string;
  readonly folder: string;
  readonly firstDueMs: number;
  /** The earliest and the latest time on the host's clock since it was scheduled. */
  earliestMs: number;
  latestMs: number;
  /** Absent in a task that runs once. */
  readonly everyMs?: number;
}

/** Within this time from when it is due a task has run or its chat knows why not, in milliseconds; a repeated one may be paused then. */
const ENDS_WITHIN_MS = { once: 10 * 60_000, repeated: 20 * 60_000 };

/** Somebody schedules a task: for a time that has passed, for now or for later. Gives what happened, for the story. */
export function schedule(scene: { chance: Chance; witness: Witness; host: HostLife; now: number }): string {
  const { chance, witness, host, now } = scene;
  const { folder } = chance.pick(CHATS.filter(({ jid }) => !jid.endsWith(':dead')));
  const isOnce = chance.is(0.6);
  const token = `${isOnce ? 'k' : 'i'}${witness.scheduled.length + 1}`;
  const firstDueMs = now + chance.pick([0, 5_000, 100_000, -86_400_000]);
  const everyMs = chance.pick([60_000, 150_000, 600_000]);
  const contextMode = chance.pick(['group', 'isolated']);
  if (host.isDead()) return 'nobody hears of a task';
  try {
    insertTask(host.stores.database, {
      folder,
      prompt: token,
      contextMode,
      nextRun: new Date(firstDueMs).toISOString(),
      ...(isOnce ? {} : { type: 'interval', value: String(everyMs) }),
    });
  } catch {
    return `task ${token} cannot be stored`;
  }
  witness.scheduled.push({ token, folder, firstDueMs, earliestMs: now, latestMs: now, ...(isOnce ? {} : { everyMs }) });
  if (chance.is(0.5)) host.engine.tasks.wake();
  return `${folder} gets task ${token}, due in ${firstDueMs - now} ms${isOnce ? '' : `, then every ${everyMs} ms`}`;
}

/** The owner pauses what repeats, so that a life can end. */
export function pauseRepeated({ stores }: HostLife): void {
  stores.database.prepare("UPDATE scheduled_tasks SET status = 'paused' WHERE schedule_type = 'interval'").run();
}

/** Keeps in mind what the host's clock has shown since each task was scheduled; it may go back. */
export function noteTime(witness: Witness, now: number): void {
  for (const task of witness.scheduled) {
    task.earliestMs = Math.min(task.earliestMs, now);
    task.latestMs = Math.max(task.latestMs, now);
  }
}

/** A repeated task speaks at most once for each time that it was due; what was missed counts as one time. */
export function repeatedTooOften({ platforms, scheduled }: Witness): string[] {
  return scheduled.flatMap(({ token, everyMs, firstDueMs, earliestMs, latestMs }) => {
    if (everyMs === undefined) return [];
    const dueBy = (now: number): number => (now < firstDueMs ? 0 : 1 + Math.floor((now - firstDueMs) / everyMs));
    const missed = dueBy(earliestMs);
    const limit = dueBy(latestMs) - missed + Math.min(missed, 1);
    const texts = platforms.flatMap(({ shown }) => shown.filter(({ text }) => isAnswerOf(token, text)));
    const times = new Set(texts.map(({ outboxId }) => outboxId)).size;
    return times > limit ? [`task ${token} spoke ${times} times, it was due ${limit} times at most`] : [];
  });
}

/** A task that was due ran, and said so, or its chat was told why not. */
export function everyTaskEnds(witness: Witness, host: HostLife): string[] {
  const shown = witness.platforms.flatMap((platform) => platform.shown);
  const now = host.now();
  const unfinished = host.stores.tasks.counts(now);
  // The clock may have been set back: what is not due by now had no time.
  const due = witness.scheduled.filter(
    ({ firstDueMs, everyMs }) => firstDueMs <= now - ENDS_WITHIN_MS[everyMs === undefined ? 'once' : 'repeated'],
  );
  return [
    ...due.filter((task) => !hasSpoken(task, shown, witness, host)).map(({ token }) => `task ${token} has no end`),
    ...(unfinished.due + unfinished.running > 0 ? [`tasks are left: ${JSON.stringify(unfinished)}`] : []),
  ];
}

function hasSpoken({ token }: Scheduled, shown: readonly Shown[], witness: Witness, host: HostLife): boolean {
  if (witness.silenced.has(token) || host.sandboxes.silenced.has(token)) return true;
  return shown.some(({ text }) => isAnswerOf(token, text) || isNoticeAbout(token, text));
}

function isAnswerOf(token: string, text: string): boolean {
  return text.startsWith('a:') && tokensIn(text).includes(token);
}

function isNoticeAbout(token: string, text: string): boolean {
  return text.startsWith('The scheduled task') && tokensIn(text).includes(token);
}
