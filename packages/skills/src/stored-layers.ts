import type { CustomFile, Layer } from './layers.ts';
import { parsePackage } from './package-files.ts';
import type { AppliedLayer, Reference, State } from './state.ts';
import { keepObject, readObject } from './state-files.ts';
import type { Entry } from './tree.ts';

/** A layer with the time it was applied at, and what its commands made. */
export interface KnownLayer {
  readonly layer: Layer;
  readonly appliedAt: string;
  readonly generated: ReadonlyMap<string, Entry>;
}

/** The layers as they were applied, from the engine's own copies: what became of their folders since does not matter. */
export function loadLayers(root: string, state: State): KnownLayer[] {
  const entry = (reference: Reference): Entry => readObject(root, reference);
  const side = (reference: Reference | null): Entry | undefined => (reference ? entry(reference) : undefined);
  const load = (all: Readonly<Record<string, Reference>>): Map<string, Entry> =>
    new Map(Object.entries(all).map(([path, reference]) => [path, entry(reference)]));
  return state.layers.map((applied) => {
    if (applied.kind === 'skill') {
      const layer: Layer = {
        kind: 'skill',
        package: parsePackage(applied.name, load(applied.package)),
        groups: applied.groups,
      };
      return { layer, appliedAt: applied.applied_at, generated: load(applied.generated) };
    }
    const files: CustomFile[] = applied.files.map(({ path, before, after }) => ({
      path,
      before: side(before),
      after: side(after),
    }));
    return {
      layer: { kind: 'custom', name: applied.name, files },
      appliedAt: applied.applied_at,
      generated: new Map(),
    };
  });
}

/** The layers as the state has them; their contents are kept. */
export function storeLayers(root: string, layers: readonly KnownLayer[]): AppliedLayer[] {
  const keep = (entry: Entry): Reference => keepObject(root, entry);
  const side = (entry: Entry | undefined): Reference | null => (entry ? keep(entry) : null);
  const store = (all: ReadonlyMap<string, Entry>): Record<string, Reference> =>
    Object.fromEntries([...all].map(([path, entry]) => [path, keep(entry)]));
  return layers.map(({ layer, appliedAt, generated }): AppliedLayer => {
    if (layer.kind === 'skill') {
      const { name, files } = layer.package;
      const version = layer.package.kind === 'feature' ? layer.package.manifest.version : null;
      const groups = [...layer.groups];
      return {
        kind: 'skill',
        name,
        version,
        groups,
        package: store(files),
        generated: store(generated),
        applied_at: appliedAt,
      };
    }
    const files = layer.files.map(({ path, before, after }) => ({ path, before: side(before), after: side(after) }));
    return { kind: 'custom', name: layer.name, files, applied_at: appliedAt };
  });
}
