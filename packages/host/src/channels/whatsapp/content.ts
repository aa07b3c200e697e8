import type { proto } from '@whiskeysockets/baileys';
import type { Attachment } from '../../messages/message.ts';

/** The kinds of key that files of a message are sealed with. */
export type MediaKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';

/** A file of a message, as its sender's phone describes it. */
export interface MediaFile {
  readonly kind: MediaKind;
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly sha256: Uint8Array | undefined;
  /** The sender's word. */
  readonly bytes: number;
}

/** What is in a message for people. */
export interface Content {
  readonly text: string;
  /** What it has beside text, in words. */
  readonly labels: readonly string[];
  readonly attachment: (Pick<Attachment, 'type' | 'name'> & { readonly file: MediaFile | undefined }) | undefined;
  readonly context: proto.IContextInfo | undefined;
}

/** Most wrappers around a message that are taken off. */
const MAX_WRAPPERS = 5;

/** A message without what only says how it is to be shown: once, for a day, with a caption. */
export function unwrap(message: proto.IMessage): proto.IMessage {
  let inner = message;
  for (let layer = 0; layer < MAX_WRAPPERS; layer++) {
    const wrapper =
      inner.ephemeralMessage ??
      inner.viewOnceMessage ??
      inner.viewOnceMessageV2 ??
      inner.viewOnceMessageV2Extension ??
      inner.documentWithCaptionMessage ??
      inner.editedMessage;
    if (!wrapper?.message) return inner;
    inner = wrapper.message;
  }
  return inner;
}

/** Reads an unwrapped message; undefined when there is nothing in it to be read. */
export function contentOf(message: proto.IMessage): Content | undefined {
  const written = message.conversation ?? message.extendedTextMessage?.text ?? undefined;
  const media = mediaOf(message);
  const labels = labelsOf(message);
  if (written === undefined && media === undefined && labels.length === 0) return undefined;
  const { attachment, caption, context } = media ?? {};
  return {
    text: written ?? caption ?? '',
    labels,
    attachment,
    context: context ?? message.extendedTextMessage?.contextInfo ?? undefined,
  };
}

interface AnyMedia {
  readonly directPath?: string | null;
  readonly mediaKey?: Uint8Array | null;
  readonly fileSha256?: Uint8Array | null;
  readonly fileLength?: unknown;
  readonly caption?: string | null;
  readonly contextInfo?: proto.IContextInfo | null;
}

function mediaOf(message: proto.IMessage) {
  const { imageMessage, videoMessage, ptvMessage, audioMessage, documentMessage, stickerMessage } = message;
  if (imageMessage) return found(imageMessage, { kind: 'image', type: 'image' });
  if (videoMessage) return found(videoMessage, { kind: 'video', type: 'video' });
  if (ptvMessage) return found(ptvMessage, { kind: 'video', type: 'video' });
  if (audioMessage) return found(audioMessage, { kind: 'audio', type: audioMessage.ptt ? 'voice' : 'audio' });
  if (stickerMessage) return found(stickerMessage, { kind: 'sticker', type: 'sticker' });
  if (!documentMessage) return undefined;
  const name = documentMessage.fileName ?? documentMessage.title ?? '';
  return found(documentMessage, { kind: 'document', type: 'document', name });
}

function found(media: AnyMedia, known: { kind: MediaKind; type: Attachment['type']; name?: string }) {
  const { directPath, mediaKey, fileSha256, fileLength, caption, contextInfo } = media;
  const bytes = Number(fileLength ?? 0);
  const file =
    directPath?.startsWith('/') && mediaKey
      ? { kind: known.kind, directPath, mediaKey, sha256: fileSha256 ?? undefined, bytes }
      : undefined;
  const attachment = { type: known.type, name: known.name ?? '', file };
  return { attachment, caption: caption ?? '', context: contextInfo ?? undefined };
}

function labelsOf(message: proto.IMessage): string[] {
  const poll = message.pollCreationMessage ?? message.pollCreationMessageV2 ?? message.pollCreationMessageV3;
  const labels: string[] = [];
  if (message.locationMessage ?? message.liveLocationMessage) labels.push('[location]');
  if (message.contactMessage ?? message.contactsArrayMessage) labels.push('[contact]');
  if (poll) {
    const options = (poll.options ?? []).map(({ optionName }, index) => `\n${index + 1}. ${optionName ?? ''}`);
    labels.push(`[poll: ${poll.name ?? ''}${options.join('')}]`);
  }
  return labels;
}
