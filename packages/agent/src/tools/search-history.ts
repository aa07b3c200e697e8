import { MAX_FOUND_MESSAGES } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import { defineTool, type Tool } from './mcp-server.ts';
import { hostDecision } from './tool-result.ts';

const Found = z.object({
  messages: z.array(z.object({ id: z.number(), sender: z.string(), time: z.string(), text: z.string() })),
  hasMore: z.boolean(),
});

/** `search_history`: what was said in this chat, beyond what the session remembers. */
export function searchHistoryTool(mailbox: Mailbox): Tool {
  return defineTool({
    name: 'search_history',
    description: 'Find earlier messages of this chat by words they all hold; the newest come first.',
    isAlwaysLoaded: false,
    args: z.object({
      query: z.string().min(1).max(1_000),
      limit: z.number().int().min(1).max(MAX_FOUND_MESSAGES).optional(),
    }),
    async run(args) {
      const outcome = await mailbox.change({ type: 'search_history', ...args });
      return hostDecision(outcome, (answer) => format(Found.parse(answer)));
    },
  });
}

function format({ messages, hasMore }: z.infer<typeof Found>): string {
  if (messages.length === 0) return 'No message of this chat holds these words.';
  const lines = messages.map(({ id, sender, time, text }) => `[${id}] ${time} ${sender}: ${text}`);
  return [...lines, ...(hasMore ? ['… and older ones: use other words, or a higher limit.'] : [])].join('\n');
}
