import { EgressPolicy, FolderName, MAX_EXTRA_MOUNTS, ModelName, MountRequest } from '@nanoclaw/protocol';
import { z } from 'zod';
import { NanoError } from '../kernel/errors.ts';
import { asChatJid, type ChatJid, isTeamChat, type Seq } from '../messages/message.ts';

/** A chat that is registered: it has a folder, a sandbox of its own and an assistant that answers. */
export interface Group {
  readonly jid: ChatJid;
  readonly name: string;
  readonly folder: string;
  readonly trigger: string;
  readonly requiresTrigger: boolean;
  readonly isMain: boolean;
  readonly addedAt: string;
  /** Null for what the configuration says. */
  readonly model: string | null;
  /** Longest time its agent may work without saying anything, in milliseconds; null for what the configuration says. */
  readonly timeoutMs: number | null;
  /** What its agent may spend in a day, in US dollars; null for no limit of its own. */
  readonly dailyBudgetUsd: number | null;
  /** What its agent may reach of the internet; null for what is usual: everything for main, nothing for others. */
  readonly egress: EgressPolicy | null;
  /** Wishes for folders of the owner's machine, unchecked: the mount allowlist decides at each run. */
  readonly mounts: unknown[];
  /** Present for a teammate: whose it is, by folder, and what it does. It has no rights of its own. */
  readonly team: { readonly of: string; readonly role: string } | null;
  /** Everything up to this seq has been answered, failed visibly, or was left as context. */
  readonly handledSeq: Seq;
}

const timeoutMs = z.number().int().min(1_000).max(86_400_000);
const dailyBudgetUsd = z.number().min(0).max(1_000_000);
const mounts = z.array(MountRequest).max(MAX_EXTRA_MOUNTS);
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}]+$/u, 'one line of printable characters');

/** What can be changed about a registered group; null resets to what the configuration says. */
export const GroupChange = z.strictObject({
  name: line(256).optional(),
  trigger: line(64).optional(),
  requiresTrigger: z.boolean().optional(),
  model: ModelName.nullable().optional(),
  timeoutMs: timeoutMs.nullable().optional(),
  dailyBudgetUsd: dailyBudgetUsd.nullable().optional(),
  egress: EgressPolicy.nullable().optional(),
  mounts: mounts.optional(),
});
export type GroupChange = z.infer<typeof GroupChange>;

/** A wish to register a chat, as the command line and the control socket give it. */
export const GroupRegistration = z.object({
  jid: z.string(),
  name: line(256),
  folder: FolderName,
  trigger: line(64).optional(),
  isMain: z.boolean().default(false),
  requiresTrigger: z.boolean().default(true),
  model: ModelName.nullable().default(null),
  timeoutMs: timeoutMs.nullable().default(null),
  dailyBudgetUsd: dailyBudgetUsd.nullable().default(null),
  egress: EgressPolicy.nullable().default(null),
  mounts: mounts.default([]),
});
export type GroupRegistration = z.input<typeof GroupRegistration>;

/** Checks a registration by itself; clashes with other groups are the store's to refuse. Throws 'group-refused'. */
export function planGroup(wish: GroupRegistration, defaults: { trigger: string; addedAt: string }): Group {
  const parsed = GroupRegistration.safeParse(wish);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new NanoError('group-refused', `this group cannot be registered: ${reasons}`);
  }
  const jid = asChatJid(parsed.data.jid);
  if (jid !== undefined && isTeamChat(jid)) {
    throw new NanoError('group-refused', `chat ids that begin with "team:" are those of teammates: ${jid}`);
  }
  if (jid === undefined) {
    throw new NanoError(
      'group-refused',
      `chat id ${JSON.stringify(wish.jid)} cannot be: no spaces, 1 to 256 characters`,
    );
  }
  const trigger = parsed.data.trigger ?? defaults.trigger;
  return { ...parsed.data, ...defaults, jid, trigger, team: null, handledSeq: 0 };
}
