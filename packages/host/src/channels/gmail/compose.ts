import { createTransport } from 'nodemailer';
import { mailHtml } from './format.ts';
import { referencesOf, replySubject, type Thread } from './thread.ts';

export interface Composition {
  readonly thread: Thread;
  /** Without brackets. */
  readonly id: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly text: string;
  readonly file?: { readonly name: string; readonly mime: string; readonly path: string };
  readonly date: Date;
}

/** An answer as it goes over the wire. The same composition gives the same mail, but for its boundaries. */
export async function compose(composition: Composition): Promise<Buffer> {
  const { thread, id, from, text, file, date } = composition;
  const { message } = await createTransport({ streamTransport: true, buffer: true, newline: 'windows' }).sendMail({
    from,
    to: thread.to,
    ...(thread.cc.length === 0 ? {} : { cc: [...thread.cc] }),
    subject: replySubject(thread.subject),
    date,
    messageId: `<${id}>`,
    inReplyTo: `<${thread.lastId}>`,
    references: referencesOf(thread).map((one) => `<${one}>`),
    // Programs that answer by themselves do not answer this (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' },
    ...(text === '' ? { text: file?.name ?? '' } : { text, html: mailHtml(text) }),
    ...(file === undefined ? {} : { attachments: [{ filename: file.name, contentType: file.mime, path: file.path }] }),
  });
  return message as Buffer;
}
