import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { CLOSE_FILE, InputDocument, inputNumber, MAX_DOCUMENT_BYTES } from '@nanoclaw/protocol';
import type { Log } from './log.ts';

/** What to do with what the host puts into the input directory. */
export interface InputHandlers {
  /** Resolves when the message is out of the runner's hands; only then its file is deleted. */
  message(text: string, number: number | undefined): Promise<void>;
  interrupt(): void;
  /** Called once; nothing is read afterwards. */
  close(): void;
}

/** File events can be lost; this poll is the safety net, in milliseconds. */
const POLL_MS = 2_000;

/**
 * Watches `directory` until `signal` aborts or the host closes. Files are taken in name order, one at a time. A file
 * that cannot be understood is deleted with a line in the log. A close file from before the start is deleted.
 */
export function watchInput(directory: string, handlers: InputHandlers, log: Log, signal: AbortSignal): void {
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  let isScanning = false;
  let isAgain = false;

  async function scan(): Promise<void> {
    for (const name of readdirSync(directory).toSorted()) {
      if (stop.aborted) return;
      if (name === CLOSE_FILE) {
        rmSync(join(directory, name), { force: true });
        done.abort();
        handlers.close();
      } else if (name.endsWith('.json')) {
        await take(join(directory, name), name);
      }
    }
  }

  async function take(path: string, name: string): Promise<void> {
    const document = readDocument(path);
    if (document === undefined) log(`input file ${name} is not a valid document and was deleted`);
    else if (document.type === 'interrupt') handlers.interrupt();
    else await handlers.message(document.text, inputNumber(name));
    rmSync(path, { recursive: true, force: true });
  }

  function wake(): void {
    isAgain = true;
    if (isScanning || stop.aborted) return;
    isScanning = true;
    void (async () => {
      try {
        while (isAgain && !stop.aborted) {
          isAgain = false;
          await scan();
        }
      } catch (error) {
        log(`input directory ${directory}: ${String(error)}`);
      } finally {
        isScanning = false;
      }
    })();
  }

  mkdirSync(directory, { recursive: true });
  rmSync(join(directory, CLOSE_FILE), { force: true });
  const poll = setInterval(wake, POLL_MS);
  stop.addEventListener('abort', () => clearInterval(poll), { once: true });
  watch(directory, { signal: stop }, wake).on('error', (error) => log(`watching ${directory}: ${error.message}`));
  wake();
}

function readDocument(path: string): InputDocument | undefined {
  try {
    if (statSync(path).size > MAX_DOCUMENT_BYTES) return undefined;
    return InputDocument.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    // Unreadable, gone or not JSON: for the caller all the same.
    return undefined;
  }
}
