import { join } from 'node:path';
import { openRulesFile, type RulesFile } from './rules-files.ts';
import { NO_SERVICES, parseServiceRules, type ServiceAccess } from './service-rules.ts';

/** The services as they are now. */
export type ServiceList = RulesFile<ServiceAccess>;

/** Where the owner's configuration folder has them. */
export function servicesFile(configHome: string): string {
  return join(configHome, 'services.json');
}

export function openServiceList(file: string): ServiceList {
  return openRulesFile(file, { parse: parseServiceRules, missing: NO_SERVICES, isSecret: true });
}
