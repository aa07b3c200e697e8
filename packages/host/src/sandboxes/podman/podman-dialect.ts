import { NanoError } from '../../kernel/errors.ts';
import type { EngineDialect } from '../engine/engine-dialect.ts';
import { SHARED_VERBS } from '../engine/engine-verbs.ts';
import type { Availability } from '../sandbox.ts';
import { AVAILABILITY_ARGUMENTS, abilitiesOf, type PodmanAbilities } from './podman-abilities.ts';
import { podmanRunCommand } from './podman-command-line.ts';
import { listArguments, parseList } from './podman-list.ts';

/** Asked once it has told of itself: it has no daemon that could have gone away, only a program. */
const STILL_THERE_ARGUMENTS = ['version', '--format', '{{.Client.Version}}'];

/** How Podman is spoken to. What it can do is learnt from its answer to `available`, unless it is known already. */
export function createPodmanDialect(known?: PodmanAbilities): EngineDialect {
  let abilities = known;
  let told: Availability | undefined;
  return {
    kind: 'podman',
    program: 'podman',
    verbs: SHARED_VERBS,
    // Podman looks up which packages its parts come from before it tells of itself: a second of work, done once.
    get availabilityArguments() {
      return told === undefined ? AVAILABILITY_ARGUMENTS : STILL_THERE_ARGUMENTS;
    },
    availabilityOf(answer) {
      if (told !== undefined && answer.kind === 'done') return told;
      const found = abilitiesOf(answer);
      abilities = found.abilities ?? abilities;
      told = found.abilities && found.availability;
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
    importsArchives: true,
  };
}
