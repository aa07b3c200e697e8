import type { ContainerSource } from '../engine/engine-dialect.ts';
import { memoryCeiling, runArguments } from '../engine/run-arguments.ts';
import type { SandboxSpec } from '../spec.ts';

/** The arguments of `docker` that run one sandbox. */
export function dockerRunArguments(spec: SandboxSpec, from: ContainerSource): string[] {
  const { user, limits } = spec;
  return runArguments(spec, from, {
    home: `mode=0700,uid=${user.uid},gid=${user.gid}`,
    ceilings: [...memoryCeiling(spec), '--cpus', String(limits.cpus), '--pids-limit', String(limits.pids)],
  });
}
