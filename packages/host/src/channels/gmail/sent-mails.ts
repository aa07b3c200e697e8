import type { SendOutcome } from '../channel.ts';
import { connectImap, type ImapAccount, type ImapLine } from './imap-client.ts';

/**
 * Whether a mail of ours was sent, by what lies in the mailbox for sent mails. Gmail puts there what is handed in; for others
 * the channel does it itself (`keepSent`).
 */
export async function findSent(
  account: ImapAccount,
  id: string,
  signal: AbortSignal,
): Promise<SendOutcome | { kind: 'absent' }> {
  try {
    return await withLine(account, signal, async (line) =>
      (await isInSent(line, id)) ? { kind: 'sent', platformId: id } : { kind: 'absent' },
    );
  } catch {
    return { kind: 'retry', reason: 'the mailbox for sent mails cannot be asked now' };
  }
}

/** Puts a sent mail where its owner looks for it, unless the server has done so. Rejects when it cannot. */
export async function keepSent(
  account: ImapAccount,
  { id, raw }: { id: string; raw: Buffer },
  signal: AbortSignal,
): Promise<void> {
  await withLine(account, signal, async (line) => {
    if (line.isGmail) return;
    const mailbox = await line.sentMailbox();
    if (mailbox !== undefined && !(await isInSent(line, id))) await line.append(mailbox, raw);
  });
}

async function isInSent(line: ImapLine, id: string): Promise<boolean> {
  const mailbox = await line.sentMailbox();
  if (mailbox === undefined) return false;
  await line.open(mailbox);
  return (await line.uids({ id })).length > 0;
}

/** A line of its own: the other one rests in the mailbox that is read. */
async function withLine<T>(
  account: ImapAccount,
  signal: AbortSignal,
  work: (line: ImapLine) => Promise<T>,
): Promise<T> {
  const line = await connectImap(account, signal);
  try {
    return await work(line);
  } finally {
    await line.close();
  }
}
