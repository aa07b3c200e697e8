import { NanoError } from '../../kernel/errors.ts';
import type { EngineDialect } from '../engine/engine-dialect.ts';
import { AVAILABILITY_ARGUMENTS, abilitiesOf, type PodmanAbilities } from './podman-abilities.ts';
import { podmanRunCommand } from './podman-command-line.ts';
import { listArguments, parseList } from './podman-list.ts';

/** How Podman is spoken to. What it can do is learnt from its answer to `available`, unless it is known already. */
export function createPodmanDialect(known?: PodmanAbilities): EngineDialect {
  let abilities = known;
  return {
    kind: 'podman',
    availabilityArguments: AVAILABILITY_ARGUMENTS,
    availabilityOf(answer) {
      const found = abilitiesOf(answer);
      abilities = found.abilities ?? abilities;
      return found.availability;
    },
    runCommand(spec, from) {
      if (abilities !== undefined) return podmanRunCommand(spec, from, abilities);
      throw new NanoError('sandbox-unavailable', 'podman has not said yet what it can do; run: podman info');
    },
    listArguments,
    parseList,
    // Podman asks no registry that is not named.
    registry: 'docker.io/library/',
    architectureArguments: ['info', '--format', '{{.Host.Arch}}'],
  };
}
