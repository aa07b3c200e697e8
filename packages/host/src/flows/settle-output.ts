import type { OutputBlock } from '@nanoclaw/protocol';
import type { LiveAgent, LiveAgents, OpenTurn } from '../agents/live-agents.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { failpoint } from '../kernel/failpoints.ts';
import type { Log } from '../kernel/log.ts';
import { visibleText } from '../messages/outbound-text.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { TurnStore } from '../messages/turn-store.ts';
import type { Database } from '../store/open-store.ts';
import { failureCode, failureSentence, type TurnFailure } from './failure-words.ts';
import type { RunVoice } from './run-voice.ts';
import type { Spending } from './spending.ts';

export interface SettleDeps {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly turns: TurnStore;
  readonly outbox: OutboxStore;
  readonly spending: Spending;
  readonly liveAgents: LiveAgents;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Stores what a success block says in one transaction: text for the chat, session, usage, the turns it answers and
 * the group's cursor. Returns whether a text was stored.
 */
export function settleResult(
  deps: SettleDeps,
  { live, voice }: { live: LiveAgent; voice: RunVoice },
  block: OutputBlock,
): boolean {
  const { group } = live;
  const text = visibleText(block.result ?? '');
  const now = deps.now();
  const answered = block.ack === undefined ? [] : deps.liveAgents.answeredBy(group.jid, block.ack);
  const turnId = (answered.at(-1) ?? live.openTurns[0])?.turn.id;
  deps.database.transaction(() => {
    if (block.newSessionId !== undefined) deps.groups.setSession(group.folder, block.newSessionId);
    if (text !== '') voice.say({ chatJid: group.jid, text, origin: 'answer', turnId });
    if (block.usage) {
      deps.spending.add(group, { ...block.usage, turnId: turnId ?? live.runId });
    }
    for (const { turn } of answered) deps.turns.finish(turn.id, { state: 'done' }, now);
    markHandled(deps, answered);
  })();
  failpoint('answer-stored');
  deps.liveAgents.settled(group.jid, answered);
  for (const { turn } of answered) {
    deps.log.info('turn.answered', { group: group.folder, turn: turn.id, chars: text.length });
  }
  return text !== '';
}

/** Turns of one group that were not answered, and why. */
export interface FailedTurns {
  readonly group: Group;
  readonly turns: readonly OpenTurn[];
  readonly why: TurnFailure;
}

/**
 * Ends turns for good: they failed, their messages count as handled, and the chat is told in one sentence. An
 * interruption is no news to who asked for it, so nothing is said then.
 */
export function settleFailure(deps: SettleDeps, failed: FailedTurns): void {
  const { group, turns, why } = failed;
  const now = deps.now();
  const isSilent = why.kind === 'model' && why.errorKind === 'interrupted';
  deps.database.transaction(() => {
    for (const { turn } of turns) {
      deps.turns.finish(turn.id, { state: 'failed', errorKind: failureCode(why) }, now);
    }
    markHandled(deps, turns);
    const turnId = turns.at(-1)?.turn.id;
    if (!isSilent && turnId !== undefined) {
      deps.outbox.add({ chatJid: group.jid, text: failureSentence(why), origin: 'notice', turnId, now });
    }
  })();
  deps.log.warn('turn.given-up', { group: group.folder, turns: turns.length, reason: failureCode(why) });
}

/** Ends turns that will be tried again: their messages stay unhandled. */
export function settleRetry(deps: SettleDeps, failed: FailedTurns): void {
  const { group, turns, why } = failed;
  const now = deps.now();
  deps.database.transaction(() => {
    for (const { turn } of turns) {
      deps.turns.finish(turn.id, { state: 'failed', errorKind: failureCode(why) }, now);
    }
  })();
  deps.log.warn('turn.will-retry', { group: group.folder, turns: turns.length, reason: failureCode(why) });
}

function markHandled(deps: SettleDeps, turns: readonly OpenTurn[]): void {
  const last = turns.at(-1);
  if (last) deps.groups.markHandled(last.turn.chatJid, last.turn.toSeq);
}
