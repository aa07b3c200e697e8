import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The file that takes the runner's place in conformance checks. */
export const PROBE_FILE = fileURLToPath(new URL('./sandbox-probe.mjs', import.meta.url));

/** What a refused operation looks like to the probe: `code` is an errno name such as `EROFS`. */
export interface ProbeRefusal {
  code: string;
  message: string;
}

/** The answer to one request. */
export type ProbeAnswer = { ok: true; value: unknown } | { ok: false; refusal: ProbeRefusal };

/** A conversation with a probe, in a sandbox or outside of one. */
export interface ProbeSession {
  /** The answer whatever it is; rejects only when the probe ends before it answers. */
  ask(operation: string, details?: Record<string, unknown>): Promise<ProbeAnswer>;
  /** The value; throws when the operation was refused. */
  value<T>(operation: string, details?: Record<string, unknown>): Promise<T>;
  /** Sends without waiting, for operations that never answer. */
  tell(operation: string, details?: Record<string, unknown>): void;
}

/** Speaks the probe's protocol over a pair of streams. */
export function openProbe(streams: { stdin: Writable; stdout: Readable }): ProbeSession {
  const waiting = new Map<number, { resolve(answer: ProbeAnswer): void; reject(error: Error): void }>();
  let nextId = 1;
  let hasEnded = false;
  const lines = createInterface({ input: streams.stdout });
  lines.on('line', (line) => {
    const answer = JSON.parse(line) as { id: number; value?: unknown; error?: ProbeRefusal };
    const settle = answer.error
      ? { ok: false as const, refusal: answer.error }
      : { ok: true as const, value: answer.value };
    waiting.get(answer.id)?.resolve(settle);
    waiting.delete(answer.id);
  });
  lines.on('close', () => {
    hasEnded = true;
    for (const { reject } of waiting.values()) reject(new Error('the probe ended before it answered'));
    waiting.clear();
  });
  // A sandbox that dies while it is being written to is an answer of its own: the waiting request rejects.
  streams.stdin.on('error', () => undefined);
  const send = (id: number, operation: string, details: Record<string, unknown>): void => {
    streams.stdin.write(`${JSON.stringify({ id, do: operation, ...details })}\n`);
  };
  const ask = (operation: string, details: Record<string, unknown> = {}): Promise<ProbeAnswer> =>
    new Promise((resolve, reject) => {
      if (hasEnded) return reject(new Error('the probe has ended'));
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      send(id, operation, details);
    });
  return {
    ask,
    async value<T>(operation: string, details: Record<string, unknown> = {}) {
      const answer = await ask(operation, details);
      if (answer.ok) return answer.value as T;
      throw new Error(`${operation} was refused: ${answer.refusal.code} ${answer.refusal.message}`);
    },
    tell: (operation, details = {}) => send(0, operation, details),
  };
}

/** Runs `body` with a probe that is in no sandbox: the control that shows that what the sandbox refuses can be done. */
export async function withFreeProbe<T>(body: (probe: ProbeSession) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [PROBE_FILE], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await body(openProbe(child));
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
