import { MAX_CAPTION_CHARS, MAX_OPTIONS, MAX_QUESTION_SECONDS } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import { defineTool, type Tool } from './mcp-server.ts';
import { hostDecision } from './tool-result.ts';

/** How long a question waits where nothing else is said, in seconds. */
const DEFAULT_SECONDS = 300;

/** `ask_user`: waits for somebody of this chat. */
export function askUserTool(mailbox: Mailbox): Tool {
  return defineTool({
    name: 'ask_user',
    description:
      'Ask the chat something that you need to go on, and wait for the answer. For anything that can wait, end your turn with the question instead.',
    isAlwaysLoaded: false,
    args: z.object({
      question: z.string().min(1).max(MAX_CAPTION_CHARS),
      options: z
        .array(z.string().min(1).max(100))
        .min(2)
        .max(MAX_OPTIONS)
        .optional()
        .describe('Answers to choose from'),
      timeout: z
        .number()
        .int()
        .min(10)
        .max(MAX_QUESTION_SECONDS)
        .optional()
        .describe(`Seconds to wait, ${DEFAULT_SECONDS} by default`),
    }),
    async run({ question, options, timeout = DEFAULT_SECONDS }) {
      const request = { type: 'question' as const, question, timeoutSeconds: timeout };
      const outcome = await mailbox.ask({ ...request, ...(options === undefined ? {} : { options }) }, timeout);
      return hostDecision(outcome, ({ answer, sender }) => `${String(sender)} answered: ${String(answer)}`);
    },
  });
}
