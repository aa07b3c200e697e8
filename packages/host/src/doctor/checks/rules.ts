import { dirname } from 'node:path';
import { egressListFile, openEgressList } from '../../access/egress-rules-files.ts';
import { mountAllowlistFile, openMountAllowlist } from '../../access/mount-rules-files.ts';
import type { RulesFile } from '../../access/rules-files.ts';
import { allowlistFile, openSenderAllowlist } from '../../access/sender-rules-files.ts';
import { openServiceList, servicesFile } from '../../access/service-rules-files.ts';
import { type Check, ok, problem } from '../check.ts';
import { modeOf, setMode } from '../home-look-files.ts';

const OTHERS_MAY_WRITE = 0o002;

/** What a rules file says, and what its being broken means. */
function rulesCheck<Rules extends object>(
  name: string,
  fileIn: (configHome: string) => string,
  how: { open: (file: string) => RulesFile<Rules>; meanwhile: string; page: string },
): Check {
  return {
    name,
    run({ configHome }) {
      const file = fileIn(configHome);
      if (modeOf(file) === undefined) return ok(`there is no ${file}`);
      const rules: object = how.open(file).current();
      if (!('problem' in rules)) return ok(file);
      const found = `${file} cannot be used: ${String(rules.problem)}; ${how.meanwhile}`;
      const tooOpen = [file, dirname(file)].filter((path) => ((modeOf(path) ?? 0) & OTHERS_MAY_WRITE) !== 0);
      if (tooOpen.length === 0) return problem(found, `mend it (docs/${how.page}.md)`);
      return problem(found, `chmod o-w ${tooOpen.join(' ')}`, () => {
        for (const path of tooOpen) setMode(path, (modeOf(path) ?? 0) & ~OTHERS_MAY_WRITE);
      });
    },
  };
}

export const RULES_CHECKS: readonly Check[] = [
  rulesCheck('sender rules', allowlistFile, {
    open: openSenderAllowlist,
    meanwhile: 'until then only you wake the assistant outside main',
    page: 'groups',
  }),
  rulesCheck('mount rules', mountAllowlistFile, {
    open: openMountAllowlist,
    meanwhile: 'until then no folder is shown',
    page: 'mounts',
  }),
  rulesCheck('internet rules', egressListFile, {
    open: openEgressList,
    meanwhile: 'until then it permits nothing',
    page: 'internet',
  }),
  rulesCheck('service rules', servicesFile, {
    open: openServiceList,
    meanwhile: 'until then agents use no service',
    page: 'services',
  }),
];
