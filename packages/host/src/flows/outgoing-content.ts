import type { Channel, OutgoingText, SendOutcome } from '../channels/channel.ts';
import type { FileStore } from '../messages/file-store.ts';
import type { KeptFiles } from '../messages/kept-files.ts';
import type { Attachment } from '../messages/message.ts';
import type { OutboxRow } from '../messages/outbox-store.ts';

export interface OutgoingDeps {
  readonly files: FileStore;
  readonly keptFiles: Pick<KeptFiles, 'pathOf'>;
}

/** The next part of a row as its channel takes it. */
export interface Outgoing {
  readonly kind: 'text' | 'file' | 'reaction';
  /** What a channel that can read its platform's history looks for. */
  readonly message: OutgoingText;
  readonly isLast: boolean;
  send(): Promise<SendOutcome>;
}

export function outgoingContent(deps: OutgoingDeps, row: OutboxRow, channel: Channel): Outgoing {
  const { id: outboxId, createdAt, chatJid, sender, payload } = row;
  const answers = row.answers === null ? {} : { answers: row.answers };
  const whole = { outboxId, createdAt, part: 0, chatJid, sender, isAnswer: row.origin !== 'tool', ...answers };
  if (payload?.kind === 'reaction') {
    const { messageId, emoji } = payload;
    const send = async (): Promise<SendOutcome> =>
      (await channel.react?.({ chatJid, messageId, emoji })) ?? { kind: 'refused', reason: 'it shows no reactions' };
    return { kind: 'reaction', message: { ...whole, text: row.text }, isLast: true, send };
  }
  const file = payload?.kind === 'file' ? deps.files.find(payload.key) : undefined;
  const sendFile = channel.sendFile?.bind(channel);
  if (payload?.kind === 'file' && file !== undefined && sendFile !== undefined) {
    const { name, type, mime, bytes } = file;
    const known = {
      ...whole,
      path: deps.keptFiles.pathOf(file.key),
      name,
      type,
      mime,
      bytes,
      caption: payload.caption,
    };
    return { kind: 'file', message: { ...whole, text: row.text }, isLast: true, send: () => sendFile(known) };
  }
  const choice = payload?.kind === 'question' && channel.showsOptions === true ? payload : undefined;
  const text = choice?.question ?? row.text;
  const parts = channel.split?.(text) ?? [text];
  const part = Math.min(row.partsSent, parts.length - 1);
  const isLast = part === parts.length - 1;
  const options = choice !== undefined && isLast ? { options: choice.options } : {};
  const message = { ...whole, part, text: parts[part] ?? text, ...options };
  return { kind: 'text', message, isLast, send: () => channel.send(message) };
}

/** The file of a row, for the chat's history. */
export function filesOf({ files }: OutgoingDeps, { payload }: OutboxRow): { attachments?: Attachment[] } {
  const file = payload?.kind === 'file' ? files.find(payload.key) : undefined;
  return file === undefined ? {} : { attachments: [{ type: file.type, name: file.name, key: file.key }] };
}
