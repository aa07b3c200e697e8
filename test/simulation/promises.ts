import type { HostLife } from './host-life.ts';
import type { Platform, Shown } from './platform.ts';
import { tokensIn } from './sandboxes.ts';
import { everyTaskEnds, repeatedTooOften, type Scheduled } from './schedules.ts';

/** What the world knows of a life, whatever process of the host lived it. */
export interface Witness {
  readonly platforms: readonly Platform[];
  /** Questions that wake an agent, in the order in which they were asked. */
  readonly asked: { token: string; jid: string }[];
  readonly scheduled: Scheduled[];
  /** Chats in which somebody gave the host a command, once for each. */
  readonly pings: string[];
  /** Tokens that an agent chose to be silent about, as far as earlier processes are concerned. */
  readonly silenced: Set<string>;
  /** The highest cursor of each chat that was ever seen. */
  readonly handled: Map<string, number>;
  hasStoreFailed: boolean;
}

/** Holds after every step. */
export function brokenPromises(witness: Witness, host: HostLife): string[] {
  if (host.isDead()) return [];
  return [
    ...runsAreLimited(host),
    ...cursorsOnlyAdvance(witness, host),
    ...runningTurnsAreOwned(witness, host),
    ...nothingIsSaidTwice(witness),
    ...sentIsShown(witness, host),
    ...orderIsKept(witness),
    ...repeatedTooOften(witness),
  ];
}

/** Holds when everything was left in peace for long enough. */
export function brokenPromisesAtTheEnd(witness: Witness, host: HostLife): string[] {
  if (host.isDead()) return ['the host is dead at the end'];
  return [
    ...everythingIsTaken(witness),
    ...everyQuestionEnds(witness, host),
    ...everyTaskEnds(witness, host),
    ...commandsAreDoneOnce(witness),
    ...nothingIsLeft(host),
    ...nothingWasMended(witness, host),
  ];
}

/** A command is answered once, however often it was delivered. */
function commandsAreDoneOnce({ platforms, pings }: Witness): string[] {
  const shown = platforms.flatMap((platform) => platform.shown.filter(({ text }) => text.startsWith('Andy is')));
  return [...new Set(pings)].flatMap((jid) => {
    const asked = pings.filter((each) => each === jid).length;
    const answered = new Set(shown.filter(({ chatJid }) => chatJid === jid).map(({ outboxId }) => outboxId)).size;
    const isRight = jid.endsWith(':dead') ? answered === 0 : answered === asked;
    return isRight ? [] : [`${jid} gave ${asked} commands and got ${answered} answers`];
  });
}

/** The watchdog is for faults of the machine; while the store works it has nothing to do. */
function nothingWasMended({ hasStoreFailed }: Witness, { stores }: HostLife): string[] {
  if (hasStoreFailed) return [];
  return stores.invariants.list().map(({ name, lastDetail }) => `the watchdog had to mend ${name}: ${lastDetail}`);
}

function runsAreLimited(host: HostLife): string[] {
  const live = host.sandboxes.live();
  const { cap } = host.engine.queue.state();
  return [
    ...(new Set(live).size < live.length ? [`two sandboxes of one group live: ${live.join(' ')}`] : []),
    ...(live.length > cap ? [`${live.length} sandboxes live, the cap is ${cap}`] : []),
  ];
}

function cursorsOnlyAdvance({ handled }: Witness, host: HostLife): string[] {
  const newest = host.stores.messages.newestSeq();
  return host.stores.groups.list().flatMap(({ jid, handledSeq }) => {
    const before = handled.get(jid) ?? 0;
    handled.set(jid, handledSeq);
    return handledSeq < before || handledSeq > newest
      ? [`the cursor of ${jid} went from ${before} to ${handledSeq}, newest is ${newest}`]
      : [];
  });
}

/** A store that fails may leave a turn open; it is closed later, and so it is not looked at then. */
function runningTurnsAreOwned({ hasStoreFailed }: Witness, host: HostLife): string[] {
  if (hasStoreFailed) return [];
  const owned = new Set(host.engine.liveAgents.list().flatMap(({ openTurns }) => openTurns.map(({ turn }) => turn.id)));
  const running = host.stores.database
    .prepare("SELECT id FROM turns WHERE state = 'running'")
    .pluck()
    .all() as string[];
  return running.filter((id) => !owned.has(id)).map((id) => `turn ${id} is running, and no sandbox works on it`);
}

/** Every token has at most one answer and at most one tool text, and a text is shown once, doubt excepted. */
function nothingIsSaidTwice({ platforms }: Witness): string[] {
  return platforms.flatMap((platform) => {
    const seen = new Map<string, Shown>();
    return platform.shown.flatMap((shown) => {
      const mark = shown.text[0] ?? '';
      if (mark !== 'a' && mark !== 't') return [];
      return tokensIn(shown.text).flatMap((token) => {
        if (token.startsWith('i')) return [];
        const before = seen.get(mark + token);
        if (before === undefined) {
          seen.set(mark + token, shown);
          return [];
        }
        const isWindow =
          platform.prefix === 'nei' && before.outboxId === shown.outboxId && platform.doubtful.has(shown.outboxId);
        return isWindow
          ? []
          : [`${mark}:${token} is said twice in ${shown.chatJid}: ${before.outboxId}, ${shown.outboxId}`];
      });
    });
  });
}

function sentIsShown({ platforms }: Witness, host: HostLife): string[] {
  const sent = host.stores.database.prepare("SELECT id, chat_jid AS jid FROM outbox WHERE state = 'sent'").all() as {
    id: number;
    jid: string;
  }[];
  const shown = new Set(platforms.flatMap((platform) => platform.shown.map(({ outboxId }) => outboxId)));
  return sent
    .filter(({ id }) => !shown.has(id))
    .map(({ id, jid }) => `text ${id} counts as sent, but ${jid} has not got it`);
}

/** The first showing of each text comes in the order of the outbox. */
function orderIsKept({ platforms }: Witness): string[] {
  return platforms.flatMap(({ shown }) => {
    const last = new Map<string, number>();
    const seen = new Set<number>();
    return shown.flatMap(({ chatJid, outboxId }) => {
      if (seen.has(outboxId)) return [];
      seen.add(outboxId);
      const before = last.get(chatJid) ?? 0;
      last.set(chatJid, outboxId);
      return outboxId < before ? [`in ${chatJid} text ${outboxId} came after ${before}`] : [];
    });
  });
}

function everythingIsTaken({ platforms }: Witness): string[] {
  return platforms.flatMap(({ written }) =>
    written.filter(({ isTaken }) => !isTaken).map(({ id, chatJid }) => `message ${id} of ${chatJid} was never taken`),
  );
}

/** Every question ends as an answer, as a silence the agent chose, or as a failure that the chat was told. */
function everyQuestionEnds(witness: Witness, host: HostLife): string[] {
  const answered = new Set(
    witness.platforms.flatMap(({ shown }) =>
      shown.filter(({ text }) => text.startsWith('a:')).flatMap(({ text }) => tokensIn(text)),
    ),
  );
  return witness.asked.flatMap(({ token, jid }) => {
    if (answered.has(token) || witness.silenced.has(token) || host.sandboxes.silenced.has(token)) return [];
    if (jid.endsWith(':dead') && isStored(host, token, jid)) return [];
    return isToldAsFailed(witness, host, { token, jid }) ? [] : [`question ${token} in ${jid} has no end`];
  });
}

/** In the chat that nothing can be sent to, the answer is in the outbox. */
function isStored({ stores }: HostLife, token: string, jid: string): boolean {
  const texts = stores.database.prepare('SELECT text FROM outbox WHERE chat_jid = ?').pluck().all(jid) as string[];
  const notices = stores.database
    .prepare("SELECT COUNT(*) FROM outbox WHERE chat_jid = ? AND origin = 'notice' AND text LIKE 'I c%not answer%'")
    .pluck();
  return texts.some((text) => tokensIn(text).includes(token)) || Number(notices.get(jid)) > 0;
}

function isToldAsFailed(
  { platforms }: Witness,
  { stores }: HostLife,
  question: { token: string; jid: string },
): boolean {
  const { token, jid } = question;
  const covering = stores.database
    .prepare(
      `SELECT o.id FROM messages m
      JOIN turns t ON t.chat_jid = m.chat_jid AND t.from_seq < m.seq AND t.to_seq >= m.seq AND t.state = 'failed'
      JOIN turns last ON last.run_id = t.run_id AND last.ended_at = t.ended_at
      JOIN outbox o ON o.turn_id = last.id AND o.origin = 'notice' WHERE m.chat_jid = ? AND m.content LIKE ?`,
    )
    .pluck()
    .all(jid, `%${token}?`) as number[];
  return platforms.some(({ shown }) => shown.some(({ outboxId }) => covering.includes(outboxId)));
}

function nothingIsLeft({ stores }: HostLife): string[] {
  const unsent = stores.outbox.chatsWithUnsent().filter((jid) => !jid.endsWith(':dead'));
  const running = stores.turns.counts()['running'] ?? 0;
  return [
    ...unsent.map((jid) => `${jid} has a text that is not sent`),
    ...(running > 0 ? [`${running} turns are running at the end`] : []),
  ];
}
