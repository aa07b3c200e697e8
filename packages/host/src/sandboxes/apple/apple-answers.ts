import { z } from 'zod';
import { describeAnswer, type EngineAnswer } from '../engine/engine-client.ts';
import type { EngineVerbs } from '../engine/engine-verbs.ts';
import type { Availability, SandboxInfo } from '../sandbox.ts';
import { LABELS } from '../spec.ts';

/** Whether the services behind `container` run; they start nothing by themselves. */
export const AVAILABILITY_ARGUMENTS = ['system', 'status'];

export function availabilityOf(answer: EngineAnswer): Availability {
  if (answer.kind === 'done') return { ok: true, detail: "Apple's container" };
  const reason = answer.kind === 'refused' ? 'its services do not run' : describeAnswer('apple', answer);
  if (answer.kind === 'missing') return { ok: false, reason, remedy: 'brew install container' };
  return { ok: false, reason, remedy: 'container system start', mayPass: true };
}

/** What the program tells of a container; releases differ in what stands beside it. */
const Listed = z.object({
  configuration: z.object({ id: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
});

/** The program filters nothing: labels tell which of all containers are this installation's. */
export function listArguments(): string[] {
  return ['list', '--all', '--format', 'json'];
}

export function parseList(stdout: string, installation: string): SandboxInfo[] {
  return z
    .array(Listed)
    .parse(JSON.parse(stdout || '[]'))
    .filter(({ configuration: { labels } }) => labels[LABELS.installation] === installation)
    .map(({ configuration: { id, labels } }) => ({
      name: id,
      groupFolder: labels[LABELS.group] ?? '',
      runId: labels[LABELS.run] ?? '',
    }));
}

/** An image has one variant for each processor; ours has one. */
const Images = z
  .array(
    z.object({
      variants: z
        .array(
          z.object({
            size: z.number().default(0),
            config: z.object({
              config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
            }),
          }),
        )
        .default([]),
    }),
  )
  .min(1);

function variantsIn(stdout: string) {
  return Images.parse(JSON.parse(stdout)).flatMap(({ variants }) => variants);
}

export const APPLE_VERBS: EngineVerbs = {
  inspect: (name) => ['inspect', name],
  // It does not tell how a container ended: the exit code of its client does.
  stateIn: () => undefined,
  remove: (name) => ['delete', '--force', name],
  find: () => ['list', '--all', '--quiet'],
  isFoundIn: (stdout, name) => stdout.split('\n').includes(name),
  inspectImage: (image) => ['image', 'inspect', image],
  labelsIn: (stdout) => Object.assign({}, ...variantsIn(stdout).map(({ config }) => config.config?.Labels ?? {})),
  bytesIn: (stdout) => variantsIn(stdout).reduce((sum, { size }) => sum + size, 0),
  pull: (image) => ['image', 'pull', image],
  build: ['build', '--progress', 'plain'],
  pruneImages: () => ['image', 'prune'],
};
