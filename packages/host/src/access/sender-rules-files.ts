import { join } from 'node:path';
import { openRulesFile, type RulesFile } from './rules-files.ts';
import { OPEN_ACCESS, parseSenderRules, type SenderAccess } from './sender-rules.ts';

/** The allowlist as it is now. */
export type SenderAllowlist = RulesFile<SenderAccess>;

/** Where the owner's configuration folder has it. */
export function allowlistFile(configHome: string): string {
  return join(configHome, 'sender-allowlist.json');
}

export function openSenderAllowlist(file: string): SenderAllowlist {
  return openRulesFile(file, { parse: parseSenderRules, missing: OPEN_ACCESS });
}
