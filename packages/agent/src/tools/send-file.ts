import { MAX_CAPTION_CHARS, SANDBOX_PATHS } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import { defineTool, type Tool } from './mcp-server.ts';
import { hostDecision } from './tool-result.ts';

/** `send_file`: a file of the group's folder, as it is now. */
export function sendFileTool(mailbox: Mailbox, chatJid: string): Tool {
  return defineTool({
    name: 'send_file',
    description: `Send a file below ${SANDBOX_PATHS.group} to the chat: a picture, a document, any.`,
    isAlwaysLoaded: false,
    args: z.object({ path: z.string().min(1), caption: z.string().max(MAX_CAPTION_CHARS).optional() }),
    async run({ path, caption }) {
      const request = { type: 'file' as const, chatJid, path, ...(caption === undefined ? {} : { caption }) };
      const outcome = await mailbox.send(request);
      return hostDecision(outcome, ({ name, bytes }) => `File ${String(name)} (${String(bytes)} bytes) is on its way.`);
    },
  });
}

/** `react`: an emoji on a message of this chat. */
export function reactTool(mailbox: Mailbox): Tool {
  return defineTool({
    name: 'react',
    description: 'Put an emoji on a message of this chat, by the id that the message has in your prompt.',
    isAlwaysLoaded: false,
    args: z.object({ message_id: z.string(), emoji: z.string().min(1).max(16) }),
    async run({ message_id, emoji }) {
      const messageId = Number(message_id);
      return hostDecision(await mailbox.send({ type: 'reaction', messageId, emoji }), `Reacted with ${emoji}.`);
    },
  });
}
