/** The queue of updates: kept until a request with a higher offset confirms them. */
export function createUpdates() {
  let pending: { update_id: number }[] = [];
  let ids = 0;
  const waiters: (() => void)[] = [];

  return {
    push(update: Record<string, unknown>): void {
      pending.push({ update_id: ++ids, ...update });
      for (const wake of waiters.splice(0)) wake();
    },
    unconfirmed: () => pending.length,
    async wait(offset: number, { seconds: most, gone }: { seconds: number; gone: AbortSignal }): Promise<unknown[]> {
      pending = pending.filter(({ update_id }) => update_id >= offset);
      if (pending.length === 0 && most > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, most * 1000);
          const wake = (): void => {
            clearTimeout(timer);
            resolve();
          };
          waiters.push(wake);
          gone.addEventListener('abort', wake, { once: true });
        });
      }
      return pending.slice(0, 100);
    },
  };
}
