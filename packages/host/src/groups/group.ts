import { FolderName } from '@nanoclaw/protocol';
import { z } from 'zod';
import { NanoError } from '../kernel/errors.ts';
import { asChatJid, type ChatJid, type Seq } from '../messages/message.ts';

/** A chat that is registered: it has a folder, a sandbox of its own and an assistant that answers. */
export interface Group {
  readonly jid: ChatJid;
  readonly name: string;
  readonly folder: string;
  readonly trigger: string;
  readonly requiresTrigger: boolean;
  readonly isMain: boolean;
  readonly addedAt: string;
  /** Everything up to this seq has been answered, failed visibly, or was left as context. */
  readonly handledSeq: Seq;
}

/** A wish to register a chat, as the command line and the control socket give it. */
export const GroupRegistration = z.object({
  jid: z.string(),
  name: z
    .string()
    .trim()
    .min(1)
    .max(256)
    .regex(/^[^\p{C}]+$/u, 'one line of printable characters'),
  folder: FolderName,
  trigger: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(/^[^\p{C}]+$/u, 'one line of printable characters')
    .optional(),
  isMain: z.boolean().default(false),
  requiresTrigger: z.boolean().default(true),
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
  if (jid === undefined) {
    throw new NanoError(
      'group-refused',
      `chat id ${JSON.stringify(wish.jid)} cannot be: no spaces, 1 to 256 characters`,
    );
  }
  const { name, folder, isMain, requiresTrigger, trigger } = parsed.data;
  return {
    jid,
    name,
    folder,
    isMain,
    requiresTrigger,
    ...defaults,
    trigger: trigger ?? defaults.trigger,
    handledSeq: 0,
  };
}
