import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import { formatPrompt } from '@nanoclaw/host/messages/prompt.js';

/** The prompt that the host makes of one typed message. */
export function messagePrompt(seq: number, content: string): string {
  const timestamp = '2026-03-05T09:30:00.000Z';
  const sender = { chatJid: 'local:main' as ChatJid, sender: 'local:owner', senderName: 'Owner', isFromMe: true };
  const message = {
    ...sender,
    id: `local-${seq}`,
    seq,
    content,
    timestamp,
    isBotMessage: false,
    isCommand: false,
    isFromTeam: false,
  };
  return formatPrompt([message], { timezone: 'UTC', total: 1 });
}
