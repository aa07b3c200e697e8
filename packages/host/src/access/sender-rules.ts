import { z } from 'zod';
import { parseRules } from './parse-rules.ts';

/** Who may wake the assistant in a chat, and what becomes of what the others write. Ids are the platforms' own. */
export interface SenderRule {
  readonly allow: '*' | readonly string[];
  /** `trigger`: it is kept as context and wakes nobody. `drop`: it is not stored at all. */
  readonly mode: 'trigger' | 'drop';
}

/** The file `sender-allowlist.json`, in v1's form. */
export interface SenderRules {
  readonly default: SenderRule;
  /** By chat id; instead of the default there. */
  readonly chats: Readonly<Record<string, SenderRule>>;
  /** Whether the log tells what was dropped; what only wakes nobody is in the chat's history anyway. */
  readonly logDenied: boolean;
}

/** What the file says: rules, or why it cannot be understood. Then nobody is let in who would need a rule for it. */
export type SenderAccess = { readonly rules: SenderRules } | { readonly problem: string };

const EVERYBODY: SenderRule = { allow: '*', mode: 'trigger' };

/** Without a file everybody may write, as in v1. */
export const OPEN_ACCESS: SenderAccess = {
  rules: { default: EVERYBODY, chats: {}, logDenied: true },
};

const Rule = z.strictObject({
  allow: z.union([z.literal('*'), z.array(z.string().min(1))]),
  mode: z.enum(['trigger', 'drop']),
});

const Rules = z.strictObject({
  default: Rule,
  chats: z.record(z.string(), Rule).default({}),
  logDenied: z.boolean().default(true),
});

/**
 * Reads the text of the file. One mistake anywhere makes all of it a problem: v1 left out what it could not read, which
 * let in everybody (known fault "allowlist fails open when its file is broken").
 */
export function parseSenderRules(text: string): SenderAccess {
  return parseRules(text, Rules);
}

/** A message as the rules see it. */
export interface Sender {
  readonly sender: string;
  /** The owner's own account has written it. */
  readonly isFromMe: boolean;
}

/** The chat it was written in. */
export interface SenderChat {
  readonly jid: string;
  readonly isMain: boolean;
}

/**
 * Whether what this sender writes may wake the assistant. The owner always may. In main everybody may whom no rule for
 * main itself keeps out: it is the owner's own chat, and the place where a broken file is reported.
 */
export function mayTrigger(access: SenderAccess, chat: SenderChat, who: Sender): boolean {
  if (who.isFromMe) return true;
  if ('problem' in access) return chat.isMain;
  return isListed(ruleFor(access.rules, chat), who);
}

/** Whether the message is not even stored. A broken file drops nothing: what was kept can still be answered. */
export function isDropped(access: SenderAccess, chat: SenderChat, who: Sender): boolean {
  if (who.isFromMe || 'problem' in access) return false;
  const rule = ruleFor(access.rules, chat);
  return rule.mode === 'drop' && !isListed(rule, who);
}

/** The chat's own rule, else the default; in main everybody: most platforms do not show the owner there as such. */
export function ruleFor(rules: SenderRules, chat: SenderChat): SenderRule {
  if (Object.hasOwn(rules.chats, chat.jid)) return rules.chats[chat.jid] ?? rules.default;
  return chat.isMain ? EVERYBODY : rules.default;
}

/** Whether this sender may give the host commands: the owner everywhere, and in main who may wake the assistant there. */
export function mayCommand(access: SenderAccess, chat: SenderChat, who: Sender): boolean {
  return who.isFromMe || (chat.isMain && mayTrigger(access, chat, who));
}

function isListed({ allow }: SenderRule, { sender }: Sender): boolean {
  return allow === '*' || allow.includes(sender);
}
