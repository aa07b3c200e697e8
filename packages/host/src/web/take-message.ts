import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { LocalFile } from '../channels/local/local-channel.ts';
import type { OwnerWords } from '../flows/owner-words.ts';
import { safeFileName } from '../messages/file-kind.ts';
import type { ChatJid } from '../messages/message.ts';
import { refuse } from './answers.ts';

/** Most files with one message. */
export const MAX_LOCAL_FILES = 20;

/** Most bytes of one message with its files that a browser may send; they are held in memory while they come. */
export const MAX_UPLOAD_BYTES = 25 * 1024 * 1024;

export const uploadLimit = bodyLimit({
  maxSize: MAX_UPLOAD_BYTES,
  onError: (c) => refuse(c, 413, `the files are larger than ${MAX_UPLOAD_BYTES / 2 ** 20} MB together`),
});

/** A message with files, as a browser's form sends it (`multipart/form-data`: `text`, `file` …). */
export async function takeUpload(c: Context, say: OwnerWords, chatJid: ChatJid): Promise<Response> {
  const form = await c.req.formData().catch(() => undefined);
  if (form === undefined) return refuse(c, 400, 'the message was not taken: the body must be multipart/form-data');
  const text = form.get('text') ?? '';
  const given = form.getAll('file').filter((file) => typeof file !== 'string');
  if (typeof text !== 'string' || given.length === 0 || given.length > MAX_LOCAL_FILES) {
    return refuse(c, 400, `the message was not taken: it must have a text and 1 to ${MAX_LOCAL_FILES} files`);
  }
  const files: LocalFile[] = [];
  for (const file of given)
    files.push({ name: safeFileName(file.name), content: Buffer.from(await file.arrayBuffer()) });
  return c.json({ seq: say(chatJid, text, files) }, 202);
}
