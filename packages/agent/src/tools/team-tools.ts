import { MAX_CAPTION_CHARS, MAX_MESSAGE_CHARS } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import { defineTool, type Tool } from './mcp-server.ts';
import { hostDecision } from './tool-result.ts';

const name = z.string().describe('A letter, then letters, digits, - and _');
const Team = z.object({ teammates: z.array(z.object({ name: z.string(), role: z.string(), phase: z.string() })) });

/** A team of agents that work for this one, each in a sandbox of its own; teammates have none themselves. */
export function teamTools(mailbox: Mailbox): Tool[] {
  return [
    defineTool({
      name: 'start_teammate',
      description:
        'Start an agent that works beside you in its own sandbox, with its own conversation. It sees your working directory as /workspace/extra/chat. What it says is shown in the chat under its name, and its results come to you as messages later: end your turn instead of waiting. For work you can wait for, use a sub-agent.',
      isAlwaysLoaded: false,
      args: z.object({
        name,
        role: z.string().min(1).max(MAX_CAPTION_CHARS).describe('What it is good at and how it works'),
        prompt: z.string().min(1).max(MAX_MESSAGE_CHARS).describe('Its first work; it knows nothing of this chat'),
        model: z.string().optional(),
      }),
      async run(args) {
        const outcome = await mailbox.change({ type: 'start_teammate', ...args });
        return hostDecision(outcome, `${args.name} has its work. Its results come to you as messages.`);
      },
    }),
    defineTool({
      name: 'message_teammate',
      description: 'Give a teammate more work, or tell it something; its answer comes as a message later.',
      isAlwaysLoaded: false,
      args: z.object({ name, text: z.string().min(1).max(MAX_MESSAGE_CHARS) }),
      run: async (args) =>
        hostDecision(await mailbox.change({ type: 'message_teammate', ...args }), `${args.name} is told.`),
    }),
    defineTool({
      name: 'list_teammates',
      description: 'List your teammates and what they do now.',
      isAlwaysLoaded: false,
      args: z.object({}),
      async run() {
        const outcome = await mailbox.change({ type: 'list_teammates' });
        return hostDecision(outcome, (answer) => {
          const { teammates } = Team.parse(answer);
          if (teammates.length === 0) return 'There are no teammates.';
          return teammates.map((one) => `- ${one.name} (${one.phase}): ${one.role}`).join('\n');
        });
      },
    }),
    defineTool({
      name: 'stop_teammate',
      description: 'Dismiss a teammate, with its conversation and its own files.',
      isAlwaysLoaded: false,
      args: z.object({ name }),
      run: async (args) =>
        hostDecision(await mailbox.change({ type: 'stop_teammate', ...args }), `${args.name} is gone.`),
    }),
  ];
}
