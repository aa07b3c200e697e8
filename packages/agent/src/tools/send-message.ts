import { MAX_MESSAGE_CHARS } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import { defineTool, type Tool } from './mcp-server.ts';
import { hostDecision } from './tool-result.ts';

const Args = z.object({
  text: z.string().min(1).max(MAX_MESSAGE_CHARS),
  sender: z.string().min(1).max(64).optional().describe('Role name to speak under, where the chat app can show one'),
});

/** `send_message`: posts to the chat of this session while the turn is still running. */
export function sendMessageTool(mailbox: Mailbox, chatJid: string): Tool {
  return defineTool({
    name: 'send_message',
    description: 'Post a message to the chat now, before the turn is over.',
    isAlwaysLoaded: true,
    args: Args,
    async run({ text, sender }) {
      const request = { type: 'message' as const, chatJid, text, ...(sender !== undefined && { sender }) };
      return hostDecision(await mailbox.send(request), 'Message sent.');
    },
  });
}
