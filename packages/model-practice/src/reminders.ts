/**
 * Clients put their own words into user messages: reminders, output of slash commands, notes about interrupts. None of
 * it was said by a person. The host escapes `<` and `>` in what people write, so a person cannot forge these.
 */
const clientTags = [
  'system-reminder',
  'available-deferred-tools',
  'command-name',
  'command-message',
  'command-args',
  'local-command-stdout',
  'local-command-stderr',
  'local-command-caveat',
  'task-notification',
];

const clientPart = new RegExp(`<(${clientTags.join('|')})>[\\s\\S]*?(?:</\\1>|$)`, 'g');
const interruptNote = /^\[Request interrupted by user[^\]]*\]\s*$/;

/** What the client writes beside the result of a ToolSearch. */
export const toolLoadedNote = 'Tool loaded.';

/** The text without what the client added, trimmed. */
export function withoutReminders(text: string): string {
  return isInterruptNote(text) ? '' : text.replace(clientPart, '').trim();
}

/** Whether a text block is the client's note that the user stopped the model. */
export function isInterruptNote(text: string): boolean {
  return interruptNote.test(text);
}

/** Only what the client added. */
export function remindersIn(text: string): string {
  return (text.match(clientPart) ?? []).join('\n');
}
