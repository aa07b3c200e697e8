import { z } from 'zod';

/** `global` is everybody's memory and `errors` is the mailbox quarantine: neither may be a group. */
const RESERVED_FOLDERS = ['global', 'errors'];

/** A group's folder name: the only sandbox-visible name that ever becomes part of a host path. */
export const FolderName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, _ and -, starting with a letter or digit, at most 64')
  .refine((name) => !RESERVED_FOLDERS.includes(name.toLowerCase()), 'this folder name is reserved');

/** Where things stand inside every sandbox, whichever driver made it. */
export const SANDBOX_PATHS = {
  group: '/workspace/group',
  global: '/workspace/global',
  project: '/workspace/project',
  extra: '/workspace/extra',
  ipc: '/workspace/ipc',
  gatewaySocket: '/workspace/gateway.sock',
  certificates: '/workspace/certificates.pem',
  skills: '/workspace/skills',
  home: '/home/node',
  claude: '/home/node/.claude',
  app: '/app',
} as const;

/** Directories of a mailbox, relative to `ipc`. */
export const MAILBOX = { input: 'input', messages: 'messages', tasks: 'tasks', responses: 'responses' } as const;

export const TASK_SNAPSHOT_FILE = 'current_tasks.json';
export const GROUP_SNAPSHOT_FILE = 'available_groups.json';
