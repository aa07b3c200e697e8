/** Remembers so many things; the one that was set first is forgotten for a new one. */
export function createBoundedMap<Key, Value>(most: number) {
  const values = new Map<Key, Value>();
  return {
    get: (key: Key): Value | undefined => values.get(key),
    has: (key: Key): boolean => values.has(key),
    delete: (key: Key): boolean => values.delete(key),
    set(key: Key, value: Value): void {
      values.delete(key);
      values.set(key, value);
      const [oldest] = values.keys();
      if (values.size > most && oldest !== undefined) values.delete(oldest);
    },
  };
}
