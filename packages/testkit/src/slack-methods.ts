import { SLACK_BOT, SLACK_CHANNELS, SLACK_USERS, type SlackState } from './slack-state.ts';

/** A request to the Web API: what its fields say, those that are JSON read. */
export type SlackFields = Readonly<Record<string, unknown>>;

/** Longest text of one message (`chat.postMessage`). */
const MAX_TEXT_CHARS = 40_000;

const refused = (error: string) => ({ ok: false, error });

/** The methods of the Web API that a bot is given, by their names. Each gives the whole answer. */
export function slackMethods(state: SlackState, root: () => string): Record<string, (fields: SlackFields) => object> {
  const isChannel = (id: unknown): id is string =>
    typeof id === 'string' && (id in SLACK_CHANNELS || /^[DG]\w+$/.test(id));
  return {
    'auth.test': () => ({
      ok: true,
      url: root(),
      team: 'Team',
      user: SLACK_BOT.name,
      team_id: 'T1',
      user_id: SLACK_BOT.userId,
      bot_id: SLACK_BOT.botId,
    }),
    'chat.postMessage': (fields) => post(state, fields, isChannel),
    'chat.update'({ channel, ts, text, blocks }) {
      state.updates.push({ ts: String(ts), text: String(text), blocks });
      return { ok: true, channel, ts, text };
    },
    'reactions.add'({ channel, timestamp, name }) {
      const reaction = `${String(channel)}/${String(timestamp)} ${String(name)}`;
      if (!/^[a-z0-9_'+-]+(::skin-tone-\d)?$/.test(String(name))) return refused('invalid_name');
      if (state.reactions.includes(reaction)) return refused('already_reacted');
      state.reactions.push(reaction);
      return { ok: true };
    },
    'assistant.threads.setStatus'({ channel_id, thread_ts, status }) {
      if (thread_ts === undefined) return refused('missing_argument');
      state.statuses.push(`${String(channel_id)}/${String(thread_ts)} ${String(status)}`);
      return { ok: true };
    },
    'users.info'({ user }) {
      const name = SLACK_USERS[String(user)];
      if (name === undefined) return refused('user_not_found');
      return { ok: true, user: { id: user, name: name.toLowerCase(), profile: { display_name: name } } };
    },
    'conversations.info'({ channel }) {
      if (!isChannel(channel)) return refused('channel_not_found');
      const name = SLACK_CHANNELS[channel];
      const kind = name === undefined ? { is_im: true, user: 'U1' } : { name, is_channel: true };
      return { ok: true, channel: { id: channel, ...kind } };
    },
    'conversations.history': (fields) => read(state, fields, ({ ts, thread_ts }) => (thread_ts ?? ts) === ts),
    'conversations.replies'(fields) {
      const found = read(state, fields, ({ ts, thread_ts }) => ts === fields['ts'] || thread_ts === fields['ts']);
      return { ...found, messages: found.messages.reverse() };
    },
    'files.getUploadURLExternal'({ filename }) {
      const id = state.nextId('F');
      state.uploads.set(id, { name: String(filename), content: Buffer.alloc(0) });
      return { ok: true, upload_url: `${root()}/upload/${id}`, file_id: id };
    },
    'files.completeUploadExternal'({ files, channel_id, thread_ts, initial_comment }) {
      const [{ id } = { id: '' }] = files as { id: string }[];
      const file = state.uploads.get(id);
      if (file === undefined) return refused('file_not_found');
      if (!isChannel(channel_id)) return refused('channel_not_found');
      const inThread = typeof thread_ts === 'string' ? { threadTs: thread_ts } : {};
      state.take({ channel: channel_id, text: String(initial_comment ?? ''), ...inThread, file });
      return { ok: true, files: [{ id, title: file.name }] };
    },
  };
}

function post(state: SlackState, fields: SlackFields, isChannel: (id: unknown) => id is string): object {
  const { channel, text, thread_ts, username, blocks, metadata } = fields;
  if (!isChannel(channel)) return refused('channel_not_found');
  if (typeof text !== 'string' || text === '') return refused('no_text');
  if (text.length > MAX_TEXT_CHARS) return refused('msg_too_long');
  if (Array.isArray(blocks) && !blocks.every(isBlock)) return refused('invalid_blocks');
  const message = state.take(
    {
      channel,
      text,
      ...(typeof thread_ts === 'string' ? { threadTs: thread_ts } : {}),
      ...(Array.isArray(blocks) ? { blocks } : {}),
      ...(typeof username === 'string' ? { username } : {}),
    },
    metadata === undefined ? {} : { metadata },
  );
  return { ok: true, channel, ts: message.ts, message: { type: 'message', text, ts: message.ts } };
}

/** Slack looks at blocks closely: a section holds 3,000 characters, a button 75. */
function isBlock(block: { type?: string; text?: { text: string }; elements?: { text: { text: string } }[] }): boolean {
  const texts = block.elements?.map(({ text }) => text.text) ?? [];
  if (block.type === 'section') return (block.text?.text.length ?? 0) <= 3_000;
  return block.type === 'actions' && texts.length <= 25 && texts.every(({ length }) => length > 0 && length <= 75);
}

/** Newest first, as Slack gives it, and no more than was asked for. */
function read(
  state: SlackState,
  fields: SlackFields,
  isPart: (message: Record<string, unknown>) => boolean,
): { ok: true; messages: object[]; has_more: boolean } {
  const { channel, oldest = '0', latest = '9999999999', limit = 100, include_all_metadata } = fields;
  const all = (state.history.get(String(channel)) ?? [])
    .filter(({ ts }) => String(ts) > String(oldest) && String(ts) < String(latest))
    .filter(isPart)
    .reverse();
  const isWithMetadata = include_all_metadata === true || include_all_metadata === 'true';
  const messages = all.slice(0, Number(limit)).map(({ metadata, ...message }) => ({
    ...message,
    ...(metadata !== undefined && isWithMetadata ? { metadata } : {}),
  }));
  return { ok: true, messages, has_more: all.length > messages.length };
}
