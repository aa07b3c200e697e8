import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type {
  HookCallback,
  McpSdkServerConfigWithInstance,
  Options,
  Settings,
} from '@anthropic-ai/claude-agent-sdk/core';
import type { AgentInput } from '@nanoclaw/protocol';
import { archiveConversation } from './archive-conversation.ts';
import type { RunnerPaths } from './runner-paths.ts';
import { DEFAULT_NAME, systemPrompt } from './system-prompt.ts';

/** What the options are made of. */
export interface OptionsFrom {
  input: AgentInput;
  paths: RunnerPaths;
  env: Record<string, string>;
  /** Absolute paths of the extra mounts. */
  extraDirectories: string[];
  globalMemory: string | undefined;
  server: McpSdkServerConfigWithInstance;
  log: (line: string) => void;
}

/**
 * v1's tools as this SDK version has them: `TodoWrite` became the four task-list tools, `TaskOutput` and the team tools
 * went into `SendMessage`, and searching files is Bash's (the native client offers no `Glob` and `Grep` of its own
 * accord). Rarely used ones are offered by name only and loaded through `ToolSearch`.
 */
const TOOLS = [
  'Bash',
  'Read',
  'Write',
  'Edit',
  'WebSearch',
  'WebFetch',
  'Task',
  'TaskStop',
  'SendMessage',
  'TaskCreate',
  'TaskGet',
  'TaskList',
  'TaskUpdate',
  'ToolSearch',
  'Skill',
  'NotebookEdit',
];

/** The one kind of sub-agent, in place of the client's own five, whose descriptions every request would carry. */
const SUB_AGENTS: NonNullable<Options['agents']> = {
  'general-purpose': {
    description: 'Any self-contained piece of work.',
    prompt:
      'You do one piece of work for the assistant that started you. Use your tools, finish it, and report what you found or did in a few plain sentences, with the paths of files that matter. Nobody else reads your report.',
  },
};

const SETTINGS: Settings = {
  // The settings files lie where the agent writes: what it has been talked into must not run by itself ever after.
  disableAllHooks: true,
  // Texts for software developers which every request of a personal assistant would carry.
  attribution: { commit: '', pr: '' },
  includeGitInstructions: false,
  disableBundledSkills: true,
  skillOverrides: { 'plugin-authoring': 'off' },
  // It would ask a server that the sandbox cannot reach.
  skipWebFetchPreflight: true,
};

/** Options of the Agent SDK session, without what changes from attempt to attempt (`resume`). */
export function sessionOptions(from: OptionsFrom): Options {
  return {
    cwd: from.paths.group,
    ...(from.extraDirectories.length > 0 && { additionalDirectories: from.extraDirectories }),
    ...(from.input.model !== undefined && { model: from.input.model }),
    pathToClaudeCodeExecutable: from.paths.claude,
    env: from.env,
    // The sandbox is the permission system: inside it the agent may do anything.
    permissionMode: 'bypassPermissions',
    allowDangerouslySkipPermissions: true,
    tools: TOOLS,
    agents: SUB_AGENTS,
    mcpServers: { nanoclaw: from.server },
    settingSources: ['project', 'user'],
    ...(existsSync(from.paths.skills) && { plugins: [{ type: 'local', path: from.paths.skills }] }),
    settings: SETTINGS,
    // A resumed session must see the memory files as they are now, not as they were when it began.
    systemPrompt: { type: 'custom', prompt: systemPrompt(from.input, from.globalMemory), snapshot: false },
    includePartialMessages: from.input.partials === true,
    hooks: { PreCompact: [{ hooks: [archiveHook(from)] }] },
    stderr: from.log,
  };
}

/** Runs before a session is summed up, whoever wished for it. */
function archiveHook({ input, paths, log }: OptionsFrom): HookCallback {
  return async (event) => {
    archiveConversation({
      directory: join(paths.group, 'conversations'),
      transcript: event.transcript_path,
      assistantName: input.assistantName ?? DEFAULT_NAME,
      now: new Date(),
      log,
    });
    return {};
  };
}
