import { existsSync } from 'node:fs';
import { egressListFile, openEgressList } from './access/egress-rules-files.ts';
import { mountAllowlistFile, openMountAllowlist } from './access/mount-rules-files.ts';
import type { RulesFile, RulesProblem } from './access/rules-files.ts';
import { openServiceList, servicesFile } from './access/service-rules-files.ts';

/** What is wrong with the owner's files of rules, for whoever starts the host; a file that is not there is in order. */
export function rulesProblems(configHome: string): string[] {
  const files: readonly (readonly [string, RulesFile<object>])[] = [
    [egressListFile(configHome), openEgressList(egressListFile(configHome))],
    [mountAllowlistFile(configHome), openMountAllowlist(mountAllowlistFile(configHome))],
    [servicesFile(configHome), openServiceList(servicesFile(configHome))],
  ];
  return files.flatMap(([file, rules]) => {
    const { problem } = rules.current() as Partial<RulesProblem>;
    return problem === undefined || !existsSync(file)
      ? []
      : [`${file} cannot be used, so all that it permits is refused: ${problem}`];
  });
}
