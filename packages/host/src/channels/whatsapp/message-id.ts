import { createHash } from 'node:crypto';
import type { OutgoingText } from '../channel.ts';

/**
 * The id under which WhatsApp and everybody's app know a part of a text: the same on every attempt, so that one that is
 * sent again is not shown again. The time is in it because a home that was restored from a backup counts anew.
 */
export function messageIdOf(message: Pick<OutgoingText, 'outboxId' | 'part' | 'createdAt' | 'chatJid'>): string {
  const { outboxId, part, createdAt = 0, chatJid } = message;
  const digest = createHash('sha256').update(`${chatJid} ${outboxId} ${part} ${createdAt}`).digest('hex');
  // The form that WhatsApp's own web client gives its ids.
  return `3EB0${digest.slice(0, 18).toUpperCase()}`;
}
