/** Work that is done one at a time and in order for each key, and side by side for different ones. */
export interface OrderedWork {
  /** A task that rejects holds nothing up; who adds it gets the rejection. */
  add(key: string, task: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is left. */
  settled(): Promise<void>;
}

export function createOrderedWork(): OrderedWork {
  const last = new Map<string, Promise<void>>();
  return {
    add(key, task) {
      const before = last.get(key) ?? Promise.resolve();
      const done = before.then(task);
      const ended = done
        .catch(() => undefined)
        .then(() => {
          if (last.get(key) === ended) last.delete(key);
        });
      last.set(key, ended);
      return done;
    },
    async settled() {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}
