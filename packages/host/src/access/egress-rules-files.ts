import { join } from 'node:path';
import { type EgressAccess, NO_EGRESS_LIST, parseEgressRules } from './egress-rules.ts';
import { openRulesFile, type RulesFile } from './rules-files.ts';

/** The list as it is now. */
export type EgressList = RulesFile<EgressAccess>;

/** Where the owner's configuration folder has it. */
export function egressListFile(configHome: string): string {
  return join(configHome, 'egress-allowlist.json');
}

export function openEgressList(file: string): EgressList {
  return openRulesFile(file, { parse: parseEgressRules, missing: NO_EGRESS_LIST });
}
