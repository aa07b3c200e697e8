/** A message as Slack has taken it, in the order in which it took them. */
export interface SlackSent {
  readonly ts: string;
  readonly channel: string;
  readonly threadTs?: string;
  readonly text: string;
  readonly blocks?: readonly Record<string, unknown>[];
  readonly username?: string;
  readonly file?: { readonly name: string; readonly content: Buffer };
}

export const SLACK_BOT = { userId: 'UBOT', botId: 'B1', name: 'andy' };

/** The people and channels of the workspace. Channels beginning with D are private chats with Ann. */
export const SLACK_USERS: Record<string, string> = { U1: 'Ann', U2: 'Bob' };
export const SLACK_CHANNELS: Record<string, string> = { C1: 'general', C2: 'random' };

/** What a workspace holds: the history of its channels, what the bot has sent, and files. */
export function createSlackState() {
  const sent: SlackSent[] = [];
  const history = new Map<string, Record<string, unknown>[]>();
  const reactions: string[] = [];
  const statuses: string[] = [];
  const updates: { ts: string; text: string; blocks: unknown }[] = [];
  const uploads = new Map<string, { name: string; content: Buffer }>();
  /** By their address below /files/; a page instead of the bytes is what a token without the right is shown. */
  const files = new Map<string, { type: string; content: Buffer }>();
  const scopes: string[] = [];
  let count = 0;

  const nextTs = (): string => `${Math.floor(Date.now() / 1000)}.${String(++count).padStart(6, '0')}`;

  return {
    sent,
    history,
    reactions,
    statuses,
    updates,
    uploads,
    files,
    scopes,
    nextTs,
    nextId: (letter: string): string => `${letter}${++count}`,
    /** Puts a message where `conversations.history` shows it. */
    keep(channel: string, message: Record<string, unknown>): void {
      history.set(channel, [...(history.get(channel) ?? []), message]);
    },
    take(message: Omit<SlackSent, 'ts'>, shown: Record<string, unknown> = {}): SlackSent {
      const taken = { ts: nextTs(), ...message };
      sent.push(taken);
      const { ts, channel, threadTs, text } = taken;
      const inThread = threadTs === undefined ? {} : { thread_ts: threadTs };
      const { userId: user, botId: bot_id } = SLACK_BOT;
      this.keep(channel, { type: 'message', user, bot_id, ts, text, ...inThread, ...shown });
      return taken;
    },
  };
}

export type SlackState = ReturnType<typeof createSlackState>;
