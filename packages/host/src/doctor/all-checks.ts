import type { Check } from './check.ts';
import { channelsCheck, credentialsCheck } from './checks/channels.ts';
import { backupsCheck, databaseCheck, mainCheck } from './checks/database.ts';
import { diskCheck, homeCheck, leftoversCheck, lockCheck, secretsCheck } from './checks/home.ts';
import { buildCheck, nodeCheck, settingsCheck, timezoneCheck } from './checks/installation.ts';
import { expiryCheck, modelCheck } from './checks/model.ts';
import { RULES_CHECKS } from './checks/rules.ts';
import { orphansCheck, sandboxCheck, wallsCheck } from './checks/sandbox.ts';
import { portCheck, serviceCheck } from './checks/service.ts';

/** In the order in which one would look: what later checks build on comes first. */
export const ALL_CHECKS: readonly Check[] = [
  nodeCheck,
  buildCheck,
  settingsCheck,
  homeCheck,
  secretsCheck,
  diskCheck,
  lockCheck,
  leftoversCheck,
  databaseCheck,
  backupsCheck,
  mainCheck,
  timezoneCheck,
  ...RULES_CHECKS,
  sandboxCheck,
  wallsCheck,
  orphansCheck,
  modelCheck,
  expiryCheck,
  credentialsCheck,
  channelsCheck,
  serviceCheck,
  portCheck,
];
