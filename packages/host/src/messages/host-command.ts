/** What people can ask of the host itself in a chat, and what `/help` says about it. */
export const HOST_COMMANDS = {
  help: 'this list',
  status: 'what I am doing',
  stop: 'stop what I am working on in this chat',
  clear: 'begin a new conversation; files and memory stay',
  compact: 'sum up the conversation, so that it costs less',
  model: 'show the model of this chat; /model <name> changes it, /model default resets it',
  tasks: 'the scheduled tasks of this chat',
  'remote-control': 'give an address from which Claude Code works on my machine, without any sandbox; in the main chat',
  'remote-control-end': 'end that',
  chatid: 'the id of this chat',
  ping: 'whether I am there',
} as const;

export type HostCommandName = keyof typeof HOST_COMMANDS;

export interface HostCommand {
  readonly name: HostCommandName;
  /** What stands after the name, trimmed; empty when nothing does. */
  readonly argument: string;
}

/** Commands that change nothing and tell nothing of a chat's contents: everybody may use them everywhere. */
export const OPEN_COMMANDS: ReadonlySet<HostCommandName> = new Set(['chatid', 'ping']);

/** Longest argument, in UTF-16 code units: what is longer is a message that begins with a slash. */
const MAX_ARGUMENT_CHARS = 200;

/**
 * Reads a message that is a command to the host: one line, `/name` and perhaps an argument. In groups Telegram adds the
 * bot's name (`/status@andy_bot`). Anything else, commands nobody knows included, is an ordinary message.
 */
export function parseHostCommand(text: string): HostCommand | undefined {
  const match = /^\/([a-z]+(?:-[a-z]+)*)(?:@\w+)?(?:[ \t]+(\S.*))?$/.exec(text.trim());
  const [, name = '', argument = ''] = match ?? [];
  if (!Object.hasOwn(HOST_COMMANDS, name) || argument.length > MAX_ARGUMENT_CHARS) return undefined;
  return { name: name as HostCommandName, argument: argument.trim() };
}
