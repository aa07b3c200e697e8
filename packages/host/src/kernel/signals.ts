/** A list of callbacks for one kind of in-process wake-up. Losing one costs delay, never correctness. */
export interface Signal<T> {
  emit(value: T): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (value: T) => void): () => void;
}

export function createSignal<T>(): Signal<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    emit(value) {
      for (const listener of [...listeners]) listener(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
