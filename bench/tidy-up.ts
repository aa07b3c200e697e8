const open = new Set<() => Promise<void>>();

/** Makes `end` run once, however often it is called, and also when somebody stops the bench. */
export function endsOnce(end: () => Promise<void> | void): () => Promise<void> {
  let ending: Promise<void> | undefined;
  const run = (): Promise<void> => {
    open.delete(run);
    ending ??= Promise.resolve(end());
    return ending;
  };
  open.add(run);
  return run;
}

/** On ^C everything that is open is ended, the newest first, before the process exits with 130. */
export function tidyUpOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void tidyUp());
}

async function tidyUp(): Promise<void> {
  for (const end of [...open].reverse()) {
    await end().catch((error: unknown) => process.stderr.write(`bench: ${String(error)}\n`));
  }
  process.exit(130);
}
