import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyQueue, type QueueEvent, type QueueState, slotsInUse, step } from './queue.ts';

function after(cap: number, ...events: QueueEvent[]) {
  let state = emptyQueue(cap);
  const commands: string[] = [];
  for (const event of events) {
    const next = step(state, event);
    state = next.state;
    commands.push(...next.commands.map(({ kind, group }) => `${kind} ${group}`));
  }
  return { state, commands };
}

const work = (group: string): QueueEvent => ({ kind: 'work', group });
const idle = (group: string): QueueEvent => ({ kind: 'idle', group });
const exited = (group: string, next: 'rest' | 'retry' = 'rest'): QueueEvent => ({ kind: 'exited', group, next });

test('groups start at once while there are slots and wait in order when there are none', () => {
  const { commands } = after(2, work('a'), work('b'), work('c'), work('d'), exited('a'), exited('b'));

  expect(commands).toEqual(['start a', 'start b', 'start c', 'start d']);
});

test('a busy sandbox is never asked to make room', () => {
  expect(after(1, work('a'), work('b')).commands).toEqual(['start a']);
});

test('the longest idle sandbox makes room for a waiting group, once', () => {
  const { commands } = after(2, work('a'), work('b'), idle('b'), idle('a'), work('c'), work('c'), exited('b'));

  expect(commands).toEqual(['start a', 'start b', 'close b', 'start c']);
});

test('a sandbox that becomes idle while somebody waits is closed at once', () => {
  expect(after(1, work('a'), work('b'), idle('a'), exited('a')).commands).toEqual(['start a', 'close a', 'start b']);
});

test('a follow-up keeps an idle sandbox from being chosen', () => {
  const { commands } = after(1, work('a'), idle('a'), { kind: 'busy', group: 'a' }, work('b'));

  expect(commands).toEqual(['start a']);
});

test('work that a live sandbox does not take makes it end and the group start again', () => {
  const { commands } = after(1, work('a'), idle('a'), work('a'), exited('a'));

  expect(commands).toEqual(['start a', 'close a', 'start a']);
});

test('a failed group gives its slot to others until its retry is due', () => {
  const { commands } = after(1, work('a'), work('b'), exited('a', 'retry'), exited('b'), {
    kind: 'retry-due',
    group: 'a',
  });

  expect(commands).toEqual(['start a', 'start b', 'start a']);
});

/** Keys that begin with "team:" are teammates. */
function withTeam(cap: number, ...events: QueueEvent[]): string[] {
  let state = emptyQueue(cap, (group) => group.startsWith('team:'));
  return events.flatMap((event) => {
    const next = step(state, event);
    state = next.state;
    return next.commands.map(({ kind, group }) => `${kind} ${group}`);
  });
}

test('teammates leave the last place to chats, and do not keep those behind them waiting', () => {
  expect(withTeam(2, work('team:x'), work('team:y'), work('a'))).toEqual(['start team:x', 'start a']);
  expect(withTeam(2, work('team:x'), work('team:y'), exited('team:x'))).toEqual(['start team:x', 'start team:y']);
});

test('a teammate has the only place when there is one', () => {
  expect(withTeam(1, work('lead'), work('team:x'), idle('lead'), exited('lead'))).toEqual([
    'start lead',
    'close lead',
    'start team:x',
  ]);
});

test('where teammates have all that they may have, one of them makes room for another, and no chat does', () => {
  const both = [work('a'), work('team:x'), idle('a'), work('team:y')];
  expect(withTeam(2, ...both)).toEqual(['start a', 'start team:x']);
  expect(withTeam(2, ...both, idle('team:x'), exited('team:x'))).toEqual([
    'start a',
    'start team:x',
    'close team:x',
    'start team:y',
  ]);
});

test('nothing starts after shutting down', () => {
  expect(after(2, { kind: 'shut-down' }, work('a')).commands).toEqual([]);
});

test('the invariants hold for every sequence of events', () => {
  const group = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
  const kinds = fc.constantFrom('work', 'busy', 'idle', 'closing', 'exited', 'retry', 'retry-due');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.tuple(kinds, group), { maxLength: 200 }), (cap, moves) => {
      let state: QueueState = emptyQueue(cap);
      const alive = new Set<string>();
      for (const [kind, name] of moves) {
        // Sandbox events are only reported of sandboxes that live.
        if (['busy', 'idle', 'closing', 'exited', 'retry'].includes(kind) && !alive.has(name)) continue;
        const line = waitingLine(state);
        const event = toEvent(kind, name);
        if (event.kind === 'exited') alive.delete(name);
        const next = step(state, event);
        for (const command of next.commands) {
          if (command.kind === 'close') expect(alive.has(command.group)).toBe(true);
          else {
            expect(alive.has(command.group)).toBe(false);
            alive.add(command.group);
          }
        }
        const started = next.commands.filter((command) => command.kind === 'start').map((command) => command.group);
        const waited = started.filter((name) => line.includes(name));
        expect(waited).toEqual(line.slice(0, waited.length));
        state = next.state;
        checkInvariants(state, alive);
      }
    }),
    { numRuns: 500 },
  );
});

test('everybody who waits is served when sandboxes end in time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }), (cap, groups) => {
      let state = emptyQueue(cap);
      const served: string[] = [];
      let alive: string[] = [];
      const apply = (event: QueueEvent): void => {
        const next = step(state, event);
        state = next.state;
        for (const command of next.commands) {
          if (command.kind !== 'start') continue;
          served.push(command.group);
          alive.push(command.group);
        }
      };
      const names = Array.from({ length: groups }, (_, index) => `g${index}`);
      for (const name of names) apply(work(name));
      while (alive.length > 0) {
        const [first, ...rest] = alive;
        alive = rest;
        apply(exited(first!));
      }

      expect(served).toEqual(names);
    }),
  );
});

test('teammates never have the last of several places, and everybody who waits is served', () => {
  const isTeammate = (name: string): boolean => name.startsWith('team:');
  const name = fc.constantFrom('a', 'b', 'c', 'team:a/x', 'team:a/y', 'team:b/z');
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(name, { maxLength: 60 }),
      fc.func(fc.nat(3)),
      (cap, names, end) => {
        let state = emptyQueue(cap, isTeammate);
        const alive = new Set<string>();
        const wanted = new Set<string>();
        const apply = (event: QueueEvent): void => {
          const next = step(state, event);
          state = next.state;
          for (const { kind, group } of next.commands) {
            if (kind !== 'start') continue;
            expect(alive.has(group)).toBe(false);
            alive.add(group);
            wanted.delete(group);
          }
          expect(slotsInUse(state.places)).toBeLessThanOrEqual(cap);
          expect(slotsInUse(state.places, isTeammate)).toBeLessThanOrEqual(Math.max(1, cap - 1));
        };
        const endOne = (group: string): void => {
          alive.delete(group);
          apply(exited(group));
        };
        for (const [index, group] of names.entries()) {
          wanted.add(group);
          apply(work(group));
          const [oldest] = alive;
          if (end(index) === 0 && oldest !== undefined) endOne(oldest);
        }
        for (let [oldest] = alive; oldest !== undefined; [oldest] = alive) endOne(oldest);
        expect(state.places.size).toBe(0);
        expect([...wanted].filter((group) => !alive.has(group))).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

function toEvent(kind: string, group: string): QueueEvent {
  if (kind === 'retry') return exited(group, 'retry');
  if (kind === 'exited') return exited(group);
  return { kind, group } as QueueEvent;
}

function waitingLine(state: QueueState): string[] {
  const waiting = [...state.places].flatMap(([name, place]) => (place.phase === 'waiting' ? [{ name, place }] : []));
  return waiting.sort((a, b) => a.place.since - b.place.since).map(({ name }) => name);
}

function checkInvariants(state: QueueState, alive: ReadonlySet<string>): void {
  const phases = [...state.places.values()].map(({ phase }) => phase);
  const count = (phase: string): number => phases.filter((each) => each === phase).length;
  expect(slotsInUse(state.places)).toBe(alive.size);
  expect(alive.size).toBeLessThanOrEqual(state.cap);
  if (count('waiting') > 0) {
    expect(alive.size).toBe(state.cap);
    expect(count('parked') === 0 || count('closing') >= count('waiting')).toBe(true);
  }
}
