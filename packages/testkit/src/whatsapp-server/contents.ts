import { aesDecryptWithIV, hkdf, MEDIA_HKDF_KEY_MAPPING, type MediaType, type proto } from '@whiskeysockets/baileys';
import type { createMediaStore } from './media-store.ts';
import type { WhatsAppSent, WhatsAppSentFile } from './whatsapp-server.ts';

/** A file as a person sends it. */
export interface WhatsAppFile {
  readonly content: Buffer;
  readonly kind: 'image' | 'video' | 'voice' | 'audio' | 'document' | 'sticker';
  readonly name?: string;
  readonly mime?: string;
  /** What the sender says of its size, when that is not true. */
  readonly claimedBytes?: number;
}

/** What a message has beside its text. */
export interface Wording {
  readonly quoted?: { readonly id: string; readonly text: string; readonly by: string };
  /** Jids. */
  readonly mentions?: readonly string[];
  readonly file?: WhatsAppFile;
  /** The whole message, in place of anything else. */
  readonly raw?: proto.IMessage;
}

type MediaStore = Awaited<ReturnType<typeof createMediaStore>>;

export async function messageOf(media: MediaStore, text: string, wording: Wording): Promise<proto.IMessage> {
  if (wording.raw !== undefined) return wording.raw;
  const { quoted, mentions } = wording;
  const contextInfo: proto.IContextInfo = {
    ...(quoted && { stanzaId: quoted.id, participant: quoted.by, quotedMessage: { conversation: quoted.text } }),
    ...(mentions && { mentionedJid: [...mentions] }),
  };
  if (wording.file !== undefined) return fileMessage(media, wording.file, { caption: text, contextInfo });
  if (Object.keys(contextInfo).length === 0) return { conversation: text };
  return { extendedTextMessage: { text, contextInfo } };
}

const MEDIA_TYPES = { voice: 'ptt', image: 'image', video: 'video', audio: 'audio', document: 'document' } as const;

async function fileMessage(
  media: MediaStore,
  file: WhatsAppFile,
  beside: { caption: string; contextInfo: proto.IContextInfo },
): Promise<proto.IMessage> {
  const { kind, content, name, mime = 'application/octet-stream' } = file;
  const type: MediaType = kind === 'sticker' ? 'sticker' : MEDIA_TYPES[kind];
  const stored = await media.put(content, type);
  const common = { ...stored, mimetype: mime, contextInfo: beside.contextInfo };
  const sized = { ...common, fileLength: file.claimedBytes ?? stored.fileLength };
  const captioned = beside.caption === '' ? sized : { ...sized, caption: beside.caption };
  switch (kind) {
    case 'image':
      return { imageMessage: captioned };
    case 'video':
      return { videoMessage: captioned };
    case 'sticker':
      return { stickerMessage: sized };
    case 'voice':
    case 'audio':
      return { audioMessage: { ...sized, ptt: kind === 'voice' } };
    case 'document':
      return { documentMessage: { ...captioned, ...(name === undefined ? {} : { fileName: name }) } };
  }
}

/** What people see of a message: its words, and what came with it. */
export function readContent(message: proto.IMessage): Pick<WhatsAppSent, 'text' | 'quoted' | 'file'> {
  const inner = message.documentWithCaptionMessage?.message ?? message;
  const { imageMessage, documentMessage, audioMessage, videoMessage, extendedTextMessage } = inner;
  const file = imageMessage ?? documentMessage ?? audioMessage ?? videoMessage ?? undefined;
  const caption = imageMessage?.caption ?? documentMessage?.caption ?? videoMessage?.caption;
  const text = inner.conversation ?? extendedTextMessage?.text ?? caption ?? '';
  const as = imageMessage ? 'image' : audioMessage ? 'audio' : videoMessage ? 'video' : 'document';
  const quoted = (extendedTextMessage ?? file)?.contextInfo?.stanzaId ?? undefined;
  const name = documentMessage?.fileName ?? '';
  return {
    text,
    ...(quoted === undefined ? {} : { quoted }),
    ...(file && {
      file: { as, name, mime: file.mimetype ?? '', path: file.directPath ?? '', key: file.mediaKey ?? Buffer.alloc(0) },
    }),
  };
}

/** Opens a file as those who get it do. */
export function openFile({ as, key }: WhatsAppSentFile, sealed: Buffer): Buffer {
  const keys = hkdf(Buffer.from(key), 112, { info: `WhatsApp ${MEDIA_HKDF_KEY_MAPPING[as]} Keys` });
  // The last ten bytes are a check sum with a key of its own.
  return aesDecryptWithIV(
    sealed.subarray(0, -10),
    Buffer.from(keys.subarray(16, 48)),
    Buffer.from(keys.subarray(0, 16)),
  );
}
