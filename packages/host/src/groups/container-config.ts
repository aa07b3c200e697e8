/** v1's column `container_config`: a JSON object, of which `additionalMounts` is used here; the rest is kept as it is. */

/** The wishes for additional mounts as they stand there; what cannot be read has none. */
export function mountWishes(containerConfig: string | null): unknown[] {
  const wishes = parse(containerConfig)['additionalMounts'];
  return Array.isArray(wishes) ? wishes : [];
}

export function withMountWishes(containerConfig: string | null, wishes: readonly unknown[]): string | null {
  const { additionalMounts: _, ...rest } = parse(containerConfig);
  const config = wishes.length === 0 ? rest : { ...rest, additionalMounts: wishes };
  return Object.keys(config).length === 0 ? null : JSON.stringify(config);
}

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
