import { isAbsolute, join } from 'node:path';
import { NanoError } from '../kernel/errors.ts';

/** Everything that a service manager is told of this installation. */
export interface ServicePlan {
  /** Which of several installations on one machine: `nanoclaw` unless the owner says otherwise. */
  readonly name: string;
  /** What is run, without a shell. */
  readonly command: readonly [string, ...string[]];
  readonly checkout: string;
  readonly home: string;
  /** Of the owner's environment, what the host needs where nobody is logged in. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the host prints before its own log is open, and when it breaks. */
  readonly outputFile: string;
}

/** Variables that a manager does not give to a service, and without which programs or engines are not found. */
const KEPT_VARIABLES = ['PATH', 'HOME', 'DOCKER_HOST', 'CONTAINER_HOST', 'XDG_RUNTIME_DIR', 'NANOCLAW_CONFIG_HOME'];

/** Throws 'usage' for a name, and 'home-unusable' for a path, that no unit can hold. */
export function planService(given: {
  readonly name: string;
  readonly node: string;
  readonly checkout: string;
  readonly home: string;
  readonly logs: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): ServicePlan {
  const { name, node, checkout, home, environment } = given;
  if (!/^[a-z0-9][a-z0-9_-]{0,31}$/.test(name)) {
    throw new NanoError('usage', `${JSON.stringify(name)} is no name of a service: use small letters, digits and "-"`);
  }
  for (const path of [node, checkout, home]) {
    if (!isAbsolute(path) || /\p{Cc}/u.test(path)) {
      throw new NanoError('home-unusable', `${JSON.stringify(path)} cannot be used in a service: move it elsewhere`);
    }
  }
  const kept = KEPT_VARIABLES.flatMap((variable) => {
    const value = environment[variable];
    return value && !/\p{Cc}/u.test(value) ? [[variable, value] as const] : [];
  });
  const bin = join(checkout, 'packages', 'host', 'bin', 'nanoclaw.mjs');
  return {
    name,
    command: [node, bin, 'start', '--no-chat', '--log', 'file'],
    checkout,
    home,
    environment: { ...Object.fromEntries(kept), NANOCLAW_HOME: home },
    outputFile: join(given.logs, 'service.log'),
  };
}
