import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import { defineTool, type Tool } from './mcp-server.ts';
import { type HostAnswer, hostDecision } from './tool-result.ts';

const jid = z.string().min(1).max(256).describe('The chat id, such as tg:-1001234567890');
const name = z.string().min(1).max(256);
const trigger = z.string().min(1).max(64).describe('The word that wakes the agent there, such as @Andy');
const requiresTrigger = z.boolean().describe('false: every message is answered');

const mounts = z
  .array(
    z.object({
      hostPath: z.string().describe("An absolute path on the owner's machine, or one that begins with ~/"),
      containerPath: z.string().optional().describe('The name below /workspace/extra; default: the last of the path'),
      readonly: z.boolean().optional().describe('Default true'),
    }),
  )
  .optional()
  .describe("Folders of the owner's machine for that chat's agent; the owner is asked in this chat and may say no");

/** Registrations of other chats: tools of the main chat alone. */
export function groupTools(mailbox: Mailbox): Tool[] {
  return [registerTool(mailbox), updateTool(mailbox), removeTool(mailbox), refreshTool(mailbox)];
}

function registerTool(mailbox: Mailbox): Tool {
  return defineTool({
    name: 'register_group',
    description:
      'Register a chat: it gets an agent, a folder and a sandbox of its own. /workspace/ipc/available_groups.json lists the chats that are known.',
    isAlwaysLoaded: false,
    args: z.object({
      jid,
      name,
      folder: z.string().describe('Channel and name, such as telegram_dev-team: letters, digits, - and _'),
      trigger,
      requiresTrigger: requiresTrigger.optional().describe('Default true: only messages with the trigger are answered'),
      mounts,
    }),
    async run(args) {
      const outcome = await mailbox.change({ type: 'register_group', ...withMounts(args) });
      return hostDecision(
        outcome,
        (answer) => `Registered. ${describe(answer)} It has no internet; the owner can allow it.`,
      );
    },
  });
}

function updateTool(mailbox: Mailbox): Tool {
  return defineTool({
    name: 'update_group',
    description: 'Change the name, trigger, model or folders of a registered chat; what you leave out stays as it is.',
    isAlwaysLoaded: false,
    args: z.object({
      jid,
      name: name.optional(),
      trigger: trigger.optional(),
      requiresTrigger: requiresTrigger.optional(),
      model: z.string().optional().describe('"" for the configured one'),
      mounts,
    }),
    async run(args) {
      const outcome = await mailbox.change({ type: 'update_group', ...withMounts(args) });
      return hostDecision(outcome, (answer) => `Changed. ${describe(answer)}`);
    },
  });
}

function removeTool(mailbox: Mailbox): Tool {
  return defineTool({
    name: 'remove_group',
    description: 'End the registration of a chat; its folder and history stay.',
    isAlwaysLoaded: false,
    args: z.object({ jid }),
    async run(args) {
      const outcome = await mailbox.change({ type: 'remove_group', ...args });
      return hostDecision(outcome, `Chat ${args.jid} is not registered any more.`);
    },
  });
}

function refreshTool(mailbox: Mailbox): Tool {
  return defineTool({
    name: 'refresh_groups',
    description: 'Write /workspace/ipc/available_groups.json anew, with chats that came up since this session began.',
    isAlwaysLoaded: false,
    args: z.object({}),
    async run() {
      return hostDecision(await mailbox.change({ type: 'refresh_groups' }), 'available_groups.json is new.');
    },
  });
}

/** In v1's form. */
function withMounts<T extends { mounts?: object[] | undefined }>({ mounts: wished, ...args }: T) {
  return wished === undefined ? args : { ...args, containerConfig: { additionalMounts: wished } };
}

function describe(answer: HostAnswer): string {
  const wakes = answer['requiresTrigger'] === false ? 'every message' : `messages with ${String(answer['trigger'])}`;
  return `${String(answer['name'])} (${String(answer['jid'])}), folder ${String(answer['folder'])}: ${wakes} will be answered.`;
}
