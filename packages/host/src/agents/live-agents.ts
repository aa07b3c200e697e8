import { CLOSE_FILE, type InputDocument, inputFileName, MAILBOX } from '@nanoclaw/protocol';
import type { Group } from '../groups/group.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Deadline, startDeadline } from '../kernel/deadline.ts';
import { writeHostileFile } from '../kernel/safe-files.ts';
import type { ChatJid, Seq } from '../messages/message.ts';
import type { Turn } from '../messages/turn-store.ts';

/** A turn that the agent has been given and has not answered; input 0 is the prompt of the run. */
export interface OpenTurn {
  readonly turn: Turn;
  readonly input: number;
}

/**
 * One live sandbox as the flows see it.
 *
 *   working --all turns answered: rest--> resting --give--> working
 *   working | resting --close--> closing --sandbox ends--> (removed)
 */
export interface LiveAgent {
  readonly group: Group;
  readonly runId: string;
  readonly sandboxName: string;
  /** Its mailbox, as a directory of the host. */
  readonly mailbox: string;
  readonly phase: 'working' | 'resting' | 'closing';
  readonly openTurns: readonly OpenTurn[];
  /** Everything up to this seq was given to the agent, answered or not. */
  readonly takenSeq: Seq;
  readonly lastInput: number;
  /** Somebody has stopped it: nothing that it still says counts. */
  readonly isCut?: true;
  /** The task's run that it was started for, which is all it does: it takes no messages. */
  readonly taskRun?: number;
}

export type LiveAgents = ReturnType<typeof createLiveAgents>;

interface Entry extends LiveAgent {
  phase: LiveAgent['phase'];
  openTurns: OpenTurn[];
  takenSeq: Seq;
  lastInput: number;
  isCut?: true;
  readonly stop: () => Promise<void>;
  /** Ends the idle time, or the time to end in. */
  deadline: Deadline | undefined;
}

/**
 * How long a sandbox that was asked to end may take, in milliseconds, before it is ended. It has nothing to finish, and
 * others may be waiting for its place.
 */
export const CLOSE_GRACE_MS = 30_000;

/**
 * How long the sandbox of a task is kept after its result, in milliseconds: helpers that the agent has started may still
 * have something to say. Whoever waits for its place gets it sooner.
 */
export const TASK_REST_MS = 10_000;

/** How long the sandbox of a teammate is kept without work, in milliseconds; its session goes on in another one. */
export const TEAM_REST_MS = 60_000;

/** The sandboxes that live now, one per group, and what was handed to them. */
export function createLiveAgents(deps: {
  clock: Clock;
  /** How long a sandbox without work is kept, in milliseconds. */
  idleMs: number;
  /** Told when a sandbox was asked to end because its idle time is over. */
  onIdleExpired: (chatJid: ChatJid) => void;
}) {
  const entries = new Map<ChatJid, Entry>();

  function close(chatJid: ChatJid): void {
    const entry = entries.get(chatJid);
    if (entry === undefined || entry.phase === 'closing') return;
    askToEnd(entry);
    entry.deadline = startDeadline(deps.clock, CLOSE_GRACE_MS, () => void entry.stop());
  }

  return {
    add(agent: { group: Group; turn: Turn; sandboxName: string; mailbox: string; stop: () => Promise<void> }): void {
      const { group, turn, sandboxName, mailbox, stop } = agent;
      const openTurns = [{ turn, input: 0 }];
      const common = { group, runId: turn.runId, sandboxName, mailbox, stop, openTurns, deadline: undefined };
      entries.set(group.jid, { ...common, phase: 'working', takenSeq: turn.toSeq, lastInput: 0 });
    },
    /** A sandbox that does one run of a task, of the group's row `taskRun`. */
    addTask(agent: Pick<Entry, 'group' | 'runId' | 'sandboxName' | 'mailbox' | 'stop'> & { taskRun: number }): void {
      const nothing = { openTurns: [], takenSeq: 0, lastInput: 0, deadline: undefined };
      entries.set(agent.group.jid, { ...agent, ...nothing, phase: 'working' });
    },
    find: (chatJid: ChatJid): LiveAgent | undefined => entries.get(chatJid),
    list: (): LiveAgent[] => [...entries.values()],
    /**
     * Hands a follow-up to the group's live sandbox. False when there is none that takes any more, or when its
     * mailbox is broken; then nothing was handed over.
     */
    give(chatJid: ChatJid, turn: Turn, text: string): boolean {
      const entry = entries.get(chatJid);
      if (entry === undefined || entry.phase === 'closing' || entry.taskRun !== undefined) return false;
      let input: number;
      try {
        input = giveInput(entry, { type: 'message', text });
      } catch {
        close(chatJid);
        return false;
      }
      entry.deadline?.cancel();
      entry.phase = 'working';
      entry.openTurns.push({ turn, input });
      entry.takenSeq = turn.toSeq;
      return true;
    },
    /** The turns that the agent has consumed, i.e. whose input number is at most `ack`. */
    answeredBy(chatJid: ChatJid, ack: number): OpenTurn[] {
      return entries.get(chatJid)?.openTurns.filter(({ input }) => input <= ack) ?? [];
    },
    /** Forgets these turns; to be called when the database knows how they ended. */
    settled(chatJid: ChatJid, turns: readonly OpenTurn[]): void {
      const entry = entries.get(chatJid);
      if (entry) entry.openTurns = entry.openTurns.filter((turn) => !turns.includes(turn));
    },
    /** Marks the sandbox as without work and starts its idle time. */
    rest(chatJid: ChatJid): void {
      const entry = entries.get(chatJid);
      if (entry?.phase !== 'working') return;
      entry.phase = 'resting';
      const idleMs = restMs(entry, deps.idleMs);
      entry.deadline = startDeadline(deps.clock, idleMs, () => {
        close(chatJid);
        deps.onIdleExpired(chatJid);
      });
    },
    /** Asks a sandbox to end, and ends it when it does not. */
    close,
    /** Ends the group's sandbox at once, with whatever it is doing; its turns are over in the database already. */
    cut(chatJid: ChatJid): void {
      const entry = entries.get(chatJid);
      if (entry === undefined) return;
      entry.deadline?.cancel();
      entry.phase = 'closing';
      entry.isCut = true;
      entry.openTurns = [];
      void entry.stop();
    },
    /** Asks every sandbox to end once the work at hand is done; how long that may take is the caller's to decide. */
    closeAll(): void {
      for (const entry of entries.values()) if (entry.phase !== 'closing') askToEnd(entry);
    },
    /** Ends every sandbox at once and waits until nothing is left. */
    async stopAll(): Promise<void> {
      await Promise.allSettled([...entries.values()].map((entry) => entry.stop()));
    },
    remove(chatJid: ChatJid): void {
      entries.get(chatJid)?.deadline?.cancel();
      entries.delete(chatJid);
    },
  };
}

/** How long a sandbox may be without work. */
function restMs({ taskRun, group }: LiveAgent, idleMs: number): number {
  if (taskRun !== undefined) return TASK_REST_MS;
  return group.team === null ? idleMs : Math.min(TEAM_REST_MS, idleMs);
}

function askToEnd(entry: Entry): void {
  entry.phase = 'closing';
  entry.deadline?.cancel();
  try {
    write(entry, CLOSE_FILE, '');
  } catch {
    // The sandbox has broken its own mailbox; it cannot be asked, so it is ended.
    void entry.stop();
  }
}

function giveInput(entry: Entry, document: InputDocument): number {
  const number = entry.lastInput + 1;
  write(entry, inputFileName(number), JSON.stringify(document));
  entry.lastInput = number;
  return number;
}

function write(entry: Entry, name: string, content: string): void {
  writeHostileFile({ root: entry.mailbox, below: [MAILBOX.input, name], content });
}
