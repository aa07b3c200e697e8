import type { EngineDialect } from '../engine/engine-dialect.ts';
import { SHARED_VERBS } from '../engine/engine-verbs.ts';
import { AVAILABILITY_ARGUMENTS, availabilityOf } from './docker-availability.ts';
import { dockerRunArguments } from './docker-command-line.ts';
import { listArguments, parseList } from './docker-list.ts';

/** How Docker is spoken to. */
export const dockerDialect: EngineDialect = {
  kind: 'docker',
  program: 'docker',
  verbs: SHARED_VERBS,
  availabilityArguments: AVAILABILITY_ARGUMENTS,
  availabilityOf,
  runCommand: (spec, from) => ({ launcher: [], args: dockerRunArguments(spec, from) }),
  listArguments,
  parseList,
  registry: '',
  architectureArguments: ['version', '--format', '{{.Server.Arch}}'],
  importsArchives: true,
};
