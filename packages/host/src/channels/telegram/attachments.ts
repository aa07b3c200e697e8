import type { Attachment } from '../../messages/message.ts';
import type { TelegramMessage } from './wire.ts';

interface FoundFile extends Pick<Attachment, 'type' | 'name'> {
  readonly fileId?: string | undefined;
}

type TelegramFile = NonNullable<TelegramMessage['document']>;

/** The files of a message, with the ids by which Telegram gives them. */
export function attachmentsOf(source: TelegramMessage): FoundFile[] {
  const found: FoundFile[] = [];
  const add = (type: Attachment['type'], file: TelegramFile | undefined): void => {
    if (file !== undefined) found.push({ type, name: file.file_name ?? '', fileId: file.file_id });
  };
  add('image', source.photo?.at(-1));
  add('video', source.video ?? source.video_note);
  add('voice', source.voice);
  add('audio', source.audio);
  if (source.sticker) found.push({ type: 'sticker', name: source.sticker.emoji ?? '' });
  // Telegram sends an animation as a document, too, for old clients.
  if (source.animation !== undefined) add('video', source.animation);
  else add('document', source.document);
  return found;
}

/** What a message holds beside its text, in words. */
export function labelsOf(source: TelegramMessage, attachments: readonly Attachment[]): string[] {
  const files = attachments.map(({ type, name }) => (name === '' ? `[${type}]` : `[${type}: ${name}]`));
  const others = (['location', 'contact', 'poll'] as const).flatMap((kind) =>
    source[kind] === undefined ? [] : [`[${kind}]`],
  );
  return [...files, ...others];
}
