import type { Instant } from '../kernel/clock.ts';
import type { ChatJid, StoredMessage } from '../messages/message.ts';
import type { Turn } from '../messages/turn-store.ts';

/**
 * What a turn goes through, in this order; each is over when the one after it begins.
 *
 *   queued     from the latest message that is stored, until its turn is opened: the queue, and looking for what is meant
 *   prepared   until the sandbox is asked to start, or the follow-up is written: folders, rights, prompt
 *   began      until the first request to the model: the sandbox, the runner and the Agent SDK's client
 *   thought    until the model's first byte
 *   worked     until the answer: the rest of the model's words, and what the agent does
 *   committed  until the answer is stored
 *   sent       until the chat's app has it
 */
export const STAGES = ['queued', 'prepared', 'began', 'thought', 'worked', 'committed', 'sent'] as const;
export type Stage = (typeof STAGES)[number];

/** One finished turn. */
export interface TurnTiming {
  readonly turn: string;
  readonly group: string;
  /** Whether it had to start a sandbox. */
  readonly isCold: boolean;
  /** When the latest of its messages was stored. */
  readonly at: Instant;
  /** Milliseconds of each stage; one that was not seen (a turn without a request, a silent answer) is left out. */
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
}

/** How many finished turns are remembered; they are gone with the process. */
export const MAX_TIMED_TURNS = 200;

interface Open {
  readonly turn: Turn;
  readonly isCold: boolean;
  readonly at: Instant;
  /** When the stage began that is under way. */
  since: Instant;
  readonly stages: Partial<Record<Stage, number>>;
  next: number;
}

type StoredFacts = Pick<StoredMessage, 'chatJid' | 'isBotMessage' | 'isCommand'>;

export type TurnTimings = ReturnType<typeof createTurnTimings>;

/** Takes the time of each turn while it passes. One turn of a run is timed at a time: the one it works on. */
export function createTurnTimings(now: () => Instant) {
  const waitingSince = new Map<ChatJid, Instant>();
  const open = new Map<string, Open>();
  const unsent = new Map<ChatJid, Open>();
  const finished: TurnTiming[] = [];

  /** Ends the stages up to this one. What comes out of order, or again, is not news. */
  function reach(timed: Open | undefined, stage: Stage): void {
    const index = STAGES.indexOf(stage);
    if (timed === undefined || index < timed.next) return;
    timed.stages[stage] = now() - timed.since;
    timed.since = now();
    timed.next = index + 1;
  }

  function finish({ turn, isCold, at, stages }: Open): void {
    finished.push({ turn: turn.id, group: turn.groupFolder, isCold, at, stages });
    if (finished.length > MAX_TIMED_TURNS) finished.shift();
  }

  return {
    /** A message was stored: one of a person's makes its chat wait, one of the assistant's was sent. */
    stored({ chatJid, isBotMessage, isCommand }: StoredFacts): void {
      if (isCommand) return;
      if (!isBotMessage) return void waitingSince.set(chatJid, now());
      const timed = unsent.get(chatJid);
      if (timed === undefined) return;
      reach(timed, 'sent');
      finish(timed);
      unsent.delete(chatJid);
    },
    opened(turn: Turn, isCold: boolean): void {
      const at = waitingSince.get(turn.chatJid) ?? now();
      waitingSince.delete(turn.chatJid);
      const timed: Open = { turn, isCold, at, since: at, stages: {}, next: 0 };
      open.set(turn.runId, timed);
      reach(timed, 'queued');
    },
    started: (runId: string): void => reach(open.get(runId), 'prepared'),
    asked: (runId: string): void => reach(open.get(runId), 'began'),
    answering: (runId: string): void => reach(open.get(runId), 'thought'),
    answered: (runId: string): void => reach(open.get(runId), 'worked'),
    /** The answer is stored; without a text for its chat the turn is over. */
    committed(runId: string, hasText: boolean): void {
      const timed = open.get(runId);
      if (timed === undefined) return;
      reach(timed, 'committed');
      open.delete(runId);
      if (hasText) unsent.set(timed.turn.chatJid, timed);
      else finish(timed);
    },
    /** The run is over, whatever became of its turn. */
    ended: (runId: string): void => void open.delete(runId),
    /** The latest first. */
    list: (): readonly TurnTiming[] => finished.toReversed(),
  };
}
