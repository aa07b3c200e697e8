import { z } from 'zod';
import type { SandboxInfo } from '../sandbox.ts';
import { LABELS } from '../spec.ts';

const Listed = z.object({
  Names: z.array(z.string()),
  Labels: z.record(z.string(), z.string()).nullish(),
  /** Seconds since the epoch. */
  Created: z.number().optional(),
});

/** Podman's templates have no way to one label, so the list is asked for as JSON. */
export function listArguments(installation: string): string[] {
  return ['ps', '--all', '--filter', `label=${LABELS.installation}=${installation}`, '--format', 'json'];
}

export function parseList(stdout: string): SandboxInfo[] {
  const listed =
    z
      .array(Listed)
      .nullable()
      .parse(JSON.parse(stdout || '[]')) ?? [];
  return listed.map(({ Names: [name = ''], Labels, Created }) => ({
    name,
    groupFolder: Labels?.[LABELS.group] ?? '',
    runId: Labels?.[LABELS.run] ?? '',
    ...(Created === undefined ? {} : { startedAtMs: Created * 1_000 }),
  }));
}
