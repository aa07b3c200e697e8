import { join } from 'node:path';
import { type EnvChanges, editEnv } from '../../config/env-edit.ts';
import { parseEnvText, readEnvText } from '../../config/env-files.ts';
import { writeEnvText } from '../../config/env-writing-files.ts';
import type { CliDeps } from '../cli-deps.ts';

type SettingsDeps = Pick<CliDeps, 'config' | 'environment'>;

const envFile = (deps: SettingsDeps): string => join(deps.config().home, '.env');

/** What is set by somebody, in the environment or `.env`; undefined for what is only usual. */
export function givenSetting(deps: SettingsDeps, name: string): string | undefined {
  return deps.environment[name] || parseEnvText(readEnvText(envFile(deps)))[name];
}

/** Writes settings to `.env`, and takes them back when the host could not read them. Throws 'config-invalid' then. */
export function changeSettings(deps: SettingsDeps, changes: EnvChanges): void {
  const file = envFile(deps);
  const before = readEnvText(file);
  writeEnvText(file, editEnv(before, changes));
  try {
    deps.config();
  } catch (error) {
    writeEnvText(file, before);
    throw error;
  }
}
