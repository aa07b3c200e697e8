import type { Attachment, StoredMessage } from './message.ts';

/** Longest text of messages in one prompt, escaped, in UTF-16 code units; older messages are left out first. */
export const PROMPT_BUDGET_CHARS = 400_000;

/** Most of a quoted message that is repeated with the reply to it, in UTF-16 code units. */
const MAX_QUOTE_CHARS = 2_000;

/** Most of a sender's name or id, in UTF-16 code units. */
const MAX_NAME_CHARS = 256;

export interface PromptOptions {
  readonly timezone: string;
  /** How many messages there are in all; more than are given means the oldest were left out. */
  readonly total: number;
}

/**
 * The prompt for messages in order (contracts: v1's shape plus id and sender_id). Never empty for a message that is
 * larger than the budget alone: its text is cut and says so.
 */
export function formatPrompt(messages: readonly StoredMessage[], options: PromptOptions): string {
  const lines = formatWithinBudget(messages, options.timezone);
  const omitted = options.total - lines.length;
  const note =
    omitted > 0
      ? [`<omitted count="${omitted}">earlier messages are not shown; search_history finds them</omitted>`]
      : [];
  return [`<context timezone="${escapeXml(options.timezone)}" />`, '<messages>', ...note, ...lines, '</messages>'].join(
    '\n',
  );
}

/** Most texts of an earlier attempt that the agent is reminded of, the newest, and most of each in UTF-16 code units. */
const MAX_REMINDERS = 20;
const MAX_REMINDER_CHARS = 1_000;

/** Tells an agent that runs a turn again what the chat has been told already; empty when that is nothing. */
export function earlierAttemptNote(said: readonly { readonly text: string }[]): string {
  if (said.length === 0) return '';
  const lines = said
    .slice(-MAX_REMINDERS)
    .map(({ text }) => `<said>${escapeXml(cutAt(text, MAX_REMINDER_CHARS))}</said>`);
  const what = 'You were interrupted while you worked on these messages. The chat has been told this already:';
  return ['', '<earlier_attempt>', what, ...lines, '</earlier_attempt>'].join('\n');
}

/** The newest messages that fit, and always the newest one. */
function formatWithinBudget(messages: readonly StoredMessage[], timezone: string): string[] {
  const lines: string[] = [];
  let left = PROMPT_BUDGET_CHARS;
  for (const message of messages.toReversed()) {
    const line = formatMessage(message, timezone);
    if (line.length > left && lines.length > 0) break;
    lines.push(line);
    left -= line.length;
  }
  return lines.reverse();
}

function formatMessage(message: StoredMessage, timezone: string): string {
  const reply = message.replyTo;
  const attributes = [
    attribute('id', String(message.seq)),
    attribute('sender', message.senderName),
    attribute('sender_id', message.sender),
    attribute('time', localTime(message.timestamp, timezone)),
    // The id that the agent has seen; a message from before our time only has its platform's.
    ...(reply ? [attribute('reply_to', String(message.replyToSeq ?? reply.id))] : []),
  ];
  const quote =
    reply?.content && reply.senderName
      ? `\n  <quoted_message${attribute('from', reply.senderName)}>${quoted(reply.content)}</quoted_message>`
      : '';
  const files = (message.attachments ?? []).map(formatAttachment).join('');
  return `<message${attributes.join('')}>${quote}${messageText(message.content)}${files}</message>`;
}

/** A file that was not fetched has a name and no path. */
function formatAttachment({ type, path, name, problem }: Attachment): string {
  const place = path === undefined ? '' : attribute('path', path);
  const missing = problem === undefined ? '' : attribute('problem', problem);
  return `\n  <attachment${attribute('type', type)}${place}${attribute('name', name)}${missing} />`;
}

function attribute(name: string, value: string): string {
  return ` ${name}="${escapeXml(cutAt(value, MAX_NAME_CHARS).replaceAll(/\s+/g, ' '))}"`;
}

function quoted(text: string): string {
  return escapeXml(text.length > MAX_QUOTE_CHARS ? `${cutAt(text, MAX_QUOTE_CHARS)}…` : text);
}

function messageText(content: string): string {
  const text = escapeXml(content);
  if (text.length <= PROMPT_BUDGET_CHARS) return text;
  // The cut may fall inside an escape; every other "&" of the text has its ";".
  const kept = cutAt(text, PROMPT_BUDGET_CHARS).replace(/&[a-z]*$/, '');
  return `${kept}\n[this message was cut: it has ${content.length} characters]`;
}

/** Never ends in one half of a surrogate pair. */
function cutAt(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

/** Like v1: `Mar 5, 2026, 9:30 AM`. Text that is no date stays as it is. */
function localTime(timestamp: string, timezone: string): string {
  const date = new Date(timestamp);
  if (Number.isNaN(date.getTime())) return timestamp;
  return clockOf(timezone).format(date);
}

let clock: { timezone: string; format: Intl.DateTimeFormat } | undefined;

/** Making one takes longer than formatting a hundred messages with it. */
function clockOf(timezone: string): Intl.DateTimeFormat {
  if (clock?.timezone !== timezone) {
    const parts = { year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const;
    clock = { timezone, format: new Intl.DateTimeFormat('en-US', { timeZone: timezone, ...parts }) };
  }
  return clock.format;
}

/** Escapes as v1 did and removes control characters, so that no sender can leave the element he is in. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => (character === '\n' || character === '\t' ? character : ''))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
