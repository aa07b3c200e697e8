import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import type { GroupDirectories } from '../groups/group-files.ts';
import {
  baseEnvironment,
  type Mount,
  type SandboxLimits,
  type SandboxSpec,
  type SandboxUser,
  sandboxName,
} from '../sandboxes/spec.ts';

/** All that decides what one run may see and use. */
export interface WorkspaceRequest {
  readonly group: { readonly folder: string; readonly isMain: boolean };
  readonly directories: GroupDirectories;
  /** Everybody's memory: main may write it, others read it. */
  readonly globalDirectory: string;
  readonly gatewaySocket: string;
  /** What the product teaches its agents, as a plugin of the Agent SDK; no sandbox can change it. */
  readonly skillsDirectory: string;
  /** What the owner's allowlist lets the group see besides, and main of the project. */
  readonly furtherMounts: readonly Mount[];
  /** File of certificates that programs inside are to trust in the place of their own. */
  readonly certificates?: string | undefined;
  readonly installation: string;
  readonly runId: string;
  readonly user: SandboxUser;
  readonly limits: SandboxLimits;
  readonly timezone: string;
  readonly nowMs: number;
}

/** The boundary of one run, as data. Nothing that is not named here exists inside. */
export function planWorkspace(request: WorkspaceRequest): SandboxSpec {
  const { group, directories } = request;
  const mounts: Mount[] = [
    { source: directories.group, target: SANDBOX_PATHS.group, mode: 'read-write' },
    { source: request.globalDirectory, target: SANDBOX_PATHS.global, mode: group.isMain ? 'read-write' : 'read-only' },
    { source: directories.claude, target: SANDBOX_PATHS.claude, mode: 'read-write' },
    { source: directories.mailbox, target: SANDBOX_PATHS.ipc, mode: 'read-write' },
    { source: request.gatewaySocket, target: SANDBOX_PATHS.gatewaySocket, mode: 'read-only' },
    { source: request.skillsDirectory, target: SANDBOX_PATHS.skills, mode: 'read-only' },
    ...certificateMount(request),
    ...request.furtherMounts,
  ];
  return {
    name: sandboxName(group.folder, request.nowMs),
    installation: request.installation,
    groupFolder: group.folder,
    runId: request.runId,
    user: request.user,
    mounts,
    environment: { ...baseEnvironment(request.timezone), ...certificateEnvironment(request) },
    limits: request.limits,
  };
}

function certificateMount({ certificates }: WorkspaceRequest): Mount[] {
  if (certificates === undefined) return [];
  return [{ source: certificates, target: SANDBOX_PATHS.certificates, mode: 'read-only' }];
}

/** The names by which OpenSSL, Node, Python, curl and git look for such a file. */
const CERTIFICATE_VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
];

function certificateEnvironment({ certificates }: WorkspaceRequest): Record<string, string> {
  if (certificates === undefined) return {};
  return Object.fromEntries(CERTIFICATE_VARIABLES.map((name) => [name, SANDBOX_PATHS.certificates]));
}
