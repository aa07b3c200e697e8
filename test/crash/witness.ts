import type { CrashPlatform } from './platform.ts';

type Sent = CrashPlatform['sent'][number];

/** A text in a chat, as the platform numbers it. */
export type SentText = Pick<Sent, 'chatId' | 'text'>;

/** Everything that happened, as far as an outsider can know it. */
export interface Seen {
  readonly asked: readonly Asked[];
  /** Chats that a `/ping` was written in, one entry a command. */
  readonly pings: readonly number[];
  readonly sent: readonly Sent[];
  /** Texts whose send a kill has cut off. */
  readonly inDoubt: readonly SentText[];
}

/** A question or a task, and how many texts the server had got when it was asked. */
export interface Asked {
  readonly token: string;
  readonly chatId: number;
  readonly sentBefore: number;
}

/** What an observer at the chat server counts. */
export interface Result {
  readonly asked: number;
  readonly answered: number;
  /** Questions that ended as a sentence of failure. */
  readonly toldAsFailed: number;
  /** Questions without any end. */
  readonly open: readonly string[];
  /** Texts that were shown twice although their fate was never in doubt. */
  readonly duplicates: readonly string[];
  /** Texts that were shown twice after a kill in the middle of their request. */
  readonly inWindow: number;
}

/** A question, and a task, is answered by the text that names it; each token may stand in one answer and one text on the way. */
export function judge(seen: Seen): Result {
  const answers = seen.sent.filter(({ text }) => text.startsWith('a:'));
  const answered = new Set(answers.flatMap(({ text }) => tokensOf(text)));
  const failures = seen.sent
    .map((message, index) => ({ ...message, index }))
    .filter(({ text }) => text.startsWith('I could') || text.startsWith('I cannot'));
  const unanswered = seen.asked.filter(({ token }) => !answered.has(token));
  // A failure sentence names no question: it ends what is left over in its chat of what was asked before it.
  const open = unanswered.filter(
    ({ token, chatId, sentBefore }) =>
      !failures.some((failure) => failure.chatId === String(chatId) && failure.index >= sentBefore) &&
      !isToldOf(token, seen.sent),
  );
  const { duplicates, inWindow } = countRepetitions(seen.sent, new Set(seen.inDoubt.map(({ text }) => text)));
  const pings = judgePings(seen);
  return {
    asked: seen.asked.length,
    answered: answered.size,
    toldAsFailed: unanswered.length - open.length,
    open: [...open.map(({ token }) => token), ...pings.open],
    duplicates: [...duplicates, ...pings.duplicates],
    inWindow,
  };
}

function countRepetitions(sent: readonly Sent[], inDoubt: ReadonlySet<string>) {
  const first = new Map<string, Sent>();
  const duplicates: string[] = [];
  const repeated = new Set<number>();
  for (const message of sent) {
    for (const token of message.text.startsWith('The scheduled task') ? [] : tokensOf(message.text)) {
      const key = `${message.text[0]}:${token}`;
      const before = first.get(key);
      if (before === undefined) first.set(key, message);
      else if (before.text === message.text && inDoubt.has(message.text)) repeated.add(message.messageId);
      else duplicates.push(`${key}: "${before.text}" and "${message.text}"`);
    }
  }
  return { duplicates, inWindow: repeated.size };
}

/** Every `/ping` has the same answer, so they are counted, in each chat. */
function judgePings({ pings, sent, inDoubt }: Seen): Pick<Result, 'open' | 'duplicates'> {
  const countIn = (texts: readonly SentText[], chat: number) =>
    texts.filter(({ chatId, text }) => chatId === String(chat) && text.endsWith(' is here.')).length;
  const result = { open: [] as string[], duplicates: [] as string[] };
  for (const chat of new Set(pings)) {
    const asked = pings.filter((each) => each === chat).length;
    const answered = countIn(sent, chat);
    const told = `${asked} times /ping in chat ${chat}, ${answered} answers`;
    if (answered < asked) result.open.push(told);
    if (answered > asked + countIn(inDoubt, chat)) result.duplicates.push(told);
  }
  return result;
}

/** A task that failed is told by its name, which is its token. */
function isToldOf(task: string, sent: readonly Sent[]): boolean {
  return sent.some(({ text }) => text.startsWith('The scheduled task') && tokensOf(text).includes(task));
}

/** Questions are `q1`, `q2` …, tasks `k1`, `k2` … */
function tokensOf(text: string): string[] {
  return text.match(/\b[qk]\d+\b/g) ?? [];
}
