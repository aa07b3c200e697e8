import { homedir } from 'node:os';
import { join } from 'node:path';
import { SANDBOX_PATHS } from '@nanoclaw/protocol';

/** Where the runner finds things. In a sandbox these are fixed; tests move the two roots by environment variables. */
export interface RunnerPaths {
  /** Working directory of the agent. */
  group: string;
  /** Memory of all groups; may be absent. */
  globalMemory: string;
  /** Directory whose sub-directories are extra mounts; may be absent. */
  extra: string;
  ipc: string;
  gatewaySocket: string;
  /** A plugin with the product's skills; may be absent. */
  skills: string;
  /** The Agent SDK's native binary. */
  claude: string;
  /** Where the Agent SDK keeps sessions, settings and skills. */
  claudeHome: string;
}

const SANDBOX_ROOT = '/workspace';

/**
 * `NANOCLAW_WORKSPACE` replaces `/workspace` and `NANOCLAW_CLAUDE` the binary's path, for runs outside a sandbox.
 * `NANOCLAW_GATEWAY_SOCKET` is set where the gateway's socket cannot be mounted.
 */
export function runnerPaths(env: NodeJS.ProcessEnv): RunnerPaths {
  const root = env['NANOCLAW_WORKSPACE'];
  const at = (path: string) => (root === undefined ? path : join(root, path.slice(SANDBOX_ROOT.length)));
  return {
    group: at(SANDBOX_PATHS.group),
    globalMemory: join(at(SANDBOX_PATHS.global), 'CLAUDE.md'),
    extra: at(SANDBOX_PATHS.extra),
    ipc: at(SANDBOX_PATHS.ipc),
    gatewaySocket: env['NANOCLAW_GATEWAY_SOCKET'] ?? at(SANDBOX_PATHS.gatewaySocket),
    skills: at(SANDBOX_PATHS.skills),
    claude: env['NANOCLAW_CLAUDE'] ?? join(SANDBOX_PATHS.app, 'claude'),
    claudeHome: join(env['HOME'] ?? homedir(), '.claude'),
  };
}
