import { assertNever } from '../kernel/errors.ts';

/*
 * Who may run. A pure reducer: (state, event) -> {state, commands}. One sandbox per group, at most `cap` at a time.
 *
 *   absent --work--> waiting --slot free: start--> running --exited--> absent (or waiting, when work came meanwhile)
 *   running --idle--> parked --busy--> running
 *   parked --another group waits: close--> closing --exited--> absent (or waiting)
 *   running | closing --exited 'retry'--> backoff --retry-due--> waiting
 *
 * Invariants, checked by queue.test.ts on random event sequences:
 *   1. slots in use (running + parked + closing) never exceed the cap;
 *   2. a group never has two sandboxes: start is only commanded for a waiting group;
 *   3. while somebody waits and no slot is free, a parked sandbox is being closed, least recently used first;
 *   4. waiting groups start in the order in which they began to wait;
 *   5. teammates never have the last place (of two or more): a chat that is written to need not wait for a team.
 */

/** A group is named by its chat id here; the queue knows nothing else of it. */
export type GroupKey = string;

export type Place =
  | { readonly phase: 'waiting'; readonly since: number }
  | { readonly phase: 'running'; readonly hasMore: boolean }
  | { readonly phase: 'parked'; readonly since: number }
  | { readonly phase: 'closing'; readonly hasMore: boolean }
  | { readonly phase: 'backoff' };

export interface QueueState {
  readonly cap: number;
  /** Whether a group is a teammate of another. */
  readonly isTeammate: (group: GroupKey) => boolean;
  /** Counts events; gives `since` an order without a clock. */
  readonly ticks: number;
  readonly places: ReadonlyMap<GroupKey, Place>;
  readonly isShutDown: boolean;
}

export type QueueEvent =
  /** The group has something to do that its live sandbox, if any, did not take. */
  | { kind: 'work'; group: GroupKey }
  /** The live sandbox took a follow-up. */
  | { kind: 'busy'; group: GroupKey }
  /** The live sandbox has nothing to do. */
  | { kind: 'idle'; group: GroupKey }
  /** The live sandbox was asked to end by somebody else (idle time-out, stop). */
  | { kind: 'closing'; group: GroupKey }
  | { kind: 'exited'; group: GroupKey; next: 'rest' | 'retry' }
  | { kind: 'retry-due'; group: GroupKey }
  | { kind: 'shut-down' };

export type QueueCommand = { kind: 'start'; group: GroupKey } | { kind: 'close'; group: GroupKey };

export interface QueueStep {
  readonly state: QueueState;
  readonly commands: readonly QueueCommand[];
}

export function emptyQueue(cap: number, isTeammate: QueueState['isTeammate'] = () => false): QueueState {
  return { cap, isTeammate, ticks: 0, places: new Map(), isShutDown: false };
}

/** Events that make no sense in a group's phase (a late 'idle' after 'exited') change nothing. */
export function step(state: QueueState, event: QueueEvent): QueueStep {
  if (event.kind === 'shut-down') return { state: { ...state, isShutDown: true }, commands: [] };
  const places = new Map(state.places);
  const ticks = state.ticks + 1;
  const { place, mustClose } = move(places.get(event.group), event, ticks);
  if (place === undefined) places.delete(event.group);
  else places.set(event.group, place);
  const commands: QueueCommand[] = mustClose ? [{ kind: 'close', group: event.group }] : [];
  return dispatch({ ...state, ticks, places }, commands);
}

/** Where the group stands after the event, and whether its sandbox must end because it will not take the new work. */
interface Move {
  readonly place: Place | undefined;
  readonly mustClose?: true;
}

function move(place: Place | undefined, event: Exclude<QueueEvent, { kind: 'shut-down' }>, now: number): Move {
  switch (event.kind) {
    case 'work':
      if (place === undefined) return { place: { phase: 'waiting', since: now } };
      if (place.phase === 'parked') return { place: { phase: 'closing', hasMore: true }, mustClose: true };
      return { place: place.phase === 'running' || place.phase === 'closing' ? { ...place, hasMore: true } : place };
    case 'busy':
      return { place: place?.phase === 'parked' ? { phase: 'running', hasMore: false } : place };
    case 'idle':
      if (place?.phase !== 'running') return { place };
      if (place.hasMore) return { place: { phase: 'closing', hasMore: true }, mustClose: true };
      return { place: { phase: 'parked', since: now } };
    case 'closing':
      if (place?.phase === 'running') return { place: { phase: 'closing', hasMore: place.hasMore } };
      return { place: place?.phase === 'parked' ? { phase: 'closing', hasMore: false } : place };
    case 'exited':
      if (place === undefined || place.phase === 'waiting' || place.phase === 'backoff') return { place };
      if (event.next === 'retry') return { place: { phase: 'backoff' } };
      return { place: place.phase !== 'parked' && place.hasMore ? { phase: 'waiting', since: now } : undefined };
    case 'retry-due':
      return { place: place?.phase === 'backoff' ? { phase: 'waiting', since: now } : place };
    default:
      return assertNever(event);
  }
}

/** Fills free slots from the waiting line, then asks parked sandboxes to make room for those who still wait. */
function dispatch(state: QueueState, commands: QueueCommand[]): QueueStep {
  const places = new Map(state.places);
  const { isTeammate } = state;
  const teamCap = Math.max(1, state.cap - 1);
  const stillWaiting: GroupKey[] = [];
  for (const group of state.isShutDown ? [] : inOrder(places, 'waiting')) {
    const isFree = slotsInUse(places) < state.cap && (!isTeammate(group) || slotsInUse(places, isTeammate) < teamCap);
    if (!isFree) {
      stillWaiting.push(group);
      continue;
    }
    places.set(group, { phase: 'running', hasMore: false });
    commands.push({ kind: 'start', group });
  }
  for (const group of whoMakesRoom({ ...state, places }, stillWaiting)) {
    places.set(group, { phase: 'closing', hasMore: false });
    commands.push({ kind: 'close', group });
  }
  return { state: { ...state, places }, commands };
}

/** Parked sandboxes, the longest parked first: one for each who waits, less those that are closing already. */
function whoMakesRoom({ cap, isTeammate, places }: QueueState, waiting: readonly GroupKey[]): GroupKey[] {
  const parked = inOrder(places, 'parked');
  const closing = [...places].filter(([, { phase }]) => phase === 'closing').length;
  const isTeamFull = slotsInUse(places, isTeammate) >= Math.max(1, cap - 1);
  const chosen: GroupKey[] = [];
  for (const group of waiting.slice(closing)) {
    // Where teammates have all the places that they may have, only one of them can make room for another.
    const isAnybody = !(isTeammate(group) && isTeamFull);
    const next = parked.find((one) => !chosen.includes(one) && (isAnybody || isTeammate(one)));
    if (next !== undefined) chosen.push(next);
  }
  return chosen;
}

function inOrder(places: ReadonlyMap<GroupKey, Place>, phase: 'waiting' | 'parked'): GroupKey[] {
  const since = (place: Place): number => ('since' in place ? place.since : 0);
  return [...places]
    .filter(([, place]) => place.phase === phase)
    .sort(([, a], [, b]) => since(a) - since(b))
    .map(([group]) => group);
}

/** Sandboxes that exist, whatever they do. */
export function slotsInUse(
  places: ReadonlyMap<GroupKey, Place>,
  of: (group: GroupKey) => boolean = () => true,
): number {
  const inUse: ReadonlySet<Place['phase']> = new Set(['running', 'parked', 'closing']);
  return [...places].filter(([group, { phase }]) => inUse.has(phase) && of(group)).length;
}
