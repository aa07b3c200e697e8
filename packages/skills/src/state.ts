import { z } from 'zod';

const Reference = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), executable: z.boolean() });
const References = z.record(z.string(), Reference);
const Side = Reference.nullable();

const AppliedSkill = z.strictObject({
  kind: z.literal('skill'),
  name: z.string(),
  version: z.string().nullable(),
  groups: z.array(z.string()),
  package: References,
  /** What its commands made. */
  generated: References,
  applied_at: z.string(),
});

const AppliedChange = z.strictObject({
  kind: z.literal('custom'),
  name: z.string(),
  files: z.array(z.strictObject({ path: z.string(), before: Side, after: Side })),
  applied_at: z.string(),
});

/** `.nanoclaw/skills-state.json`: what lies over the core. Contents are in `.nanoclaw/objects`, by their hash. */
export const State = z.strictObject({
  format: z.literal(1),
  core_version: z.string(),
  /** The transaction that wrote this. */
  transaction: z.string(),
  layers: z.array(z.discriminatedUnion('kind', [AppliedSkill, AppliedChange])),
  /** Every file that a layer touches: as the core has it, as it is with all layers, and by which. */
  files: z.record(z.string(), z.strictObject({ base: Side, now: Side, by: z.array(z.string()) })),
  /** Folders that were made for them. */
  folders: z.array(z.string()),
  /** Lock files that npm made, by what they were made for. */
  locks: z.record(z.string(), Reference),
  /** The project when `customise start` was called. */
  customising: z.strictObject({ at: z.string(), files: References }).nullable(),
});

export type State = z.infer<typeof State>;
export type Reference = z.infer<typeof Reference>;
export type AppliedLayer = State['layers'][number];

export function emptyState(coreVersion: string): State {
  return {
    format: 1,
    core_version: coreVersion,
    transaction: '',
    layers: [],
    files: {},
    folders: [],
    locks: {},
    customising: null,
  };
}

export function isEmptyState({ layers, customising }: State): boolean {
  return layers.length === 0 && customising === null;
}

/** Every object that the state needs. */
export function objectsOf(state: State): Set<string> {
  const found = new Set<string>();
  const keep = (reference: Reference | null): void => {
    if (reference) found.add(reference.sha256);
  };
  for (const layer of state.layers) {
    if (layer.kind === 'skill')
      for (const one of [...Object.values(layer.package), ...Object.values(layer.generated)]) keep(one);
    else for (const { before, after } of layer.files) [before, after].map(keep);
  }
  for (const { base, now } of Object.values(state.files)) [base, now].map(keep);
  for (const one of [...Object.values(state.locks), ...Object.values(state.customising?.files ?? {})]) keep(one);
  return found;
}
