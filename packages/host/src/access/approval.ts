import { z } from 'zod';

/** What an agent needs a person's word for; remote control is asked for by a person, and confirmed by one. */
export const APPROVAL_KINDS = ['domain', 'service', 'mount', 'registration', 'remote-control'] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/**
 *   waiting --yes, always--> allowed --forgotten, or its registration ends--> withdrawn
 *           --no, or its registration ends--> refused
 *           --nobody says anything in time--> expired
 */
export type ApprovalState = 'waiting' | 'allowed' | 'refused' | 'expired' | 'withdrawn';

/** One question to the owner. */
export interface Approval {
  readonly id: number;
  /** Whose agent asks. */
  readonly groupFolder: string;
  readonly kind: ApprovalKind;
  /** What it is about; with group and kind the same question. */
  readonly subject: string;
  /** What is wanted, as the owner is shown it: the host's words, and the agent's in quotes. */
  readonly wish: string;
  /** What carries it out needs to know, as JSON. */
  readonly details: string;
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly state: ApprovalState;
  /** It is allowed from now on; otherwise for one use. */
  readonly isAlways: boolean;
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
}

export const Decision = z.enum(['yes', 'always', 'no']);
export type Decision = z.infer<typeof Decision>;

/** Most characters of an agent's that are shown in one piece; what is longer is not asked for, because its end would be hidden. */
export const MAX_QUOTED_CHARS = 200;

/** What can be said to a question of a kind. */
export function choicesOf(kind: ApprovalKind): readonly Decision[] {
  return kind === 'remote-control' ? ['yes', 'no'] : ['yes', 'always', 'no'];
}

/** The question as main is asked it: for buttons, and whole for chats that have none. */
export function approvalQuestion({ id, kind, wish }: Pick<Approval, 'id' | 'kind' | 'wish'>, timeoutMs: number) {
  const time =
    timeoutMs < 120_000 ? `${Math.ceil(timeoutMs / 1_000)} seconds` : `${Math.round(timeoutMs / 60_000)} minutes`;
  const question = `Approval ${id}: ${wish} Without an answer within ${time} it is refused.`;
  const options = choicesOf(kind).map((choice) => `${choice} ${id}`);
  const listed = `${options.slice(0, -1).join(', ')} or ${options.at(-1)}`;
  return { question, options, text: `${question}\nAnswer with ${listed}.` };
}

/**
 * Reads an answer to an approval: the decision and the number of the question, or the decision alone, which only counts as
 * a reply to the question itself.
 */
export function parseApprovalAnswer(text: string): { decision: Decision; id: number | undefined } | undefined {
  const [, word = '', number] = /^(?:@\S+\s+)?(yes|always|no)(?:\s+#?(\d{1,12}))?[.!]?$/i.exec(text.trim()) ?? [];
  const decision = Decision.safeParse(word.toLowerCase()).data;
  return decision && { decision, id: number === undefined ? undefined : Number(number) };
}

/**
 * What an agent has chosen, as part of a question to the owner: one line, marked as a quotation that it cannot end by
 * itself, nothing in it that chats would render or hide. Undefined when it is too long to be shown whole.
 */
export function quoted(text: string): string | undefined {
  const plain = text
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '?')
    .replaceAll('`', "'");
  return plain.length > MAX_QUOTED_CHARS ? undefined : `\`${plain}\``;
}
