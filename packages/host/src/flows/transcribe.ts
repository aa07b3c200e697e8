import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';

/** Longest time that the command may take for one voice note, in milliseconds. */
export const TRANSCRIBE_LIMIT_MS = 60_000;

/** Most that it may say, in bytes. */
export const MAX_TRANSCRIPT_BYTES = 100_000;

/** What was said in a voice note; undefined when that cannot be told. Never rejects. */
export type Transcribe = (content: Buffer) => Promise<string | undefined>;

/**
 * Runs the owner's command with the path of the voice note as its last argument; what it prints is what was said. The file
 * is the host's own copy: in the folder of its group an agent could put a link in its place. No shell reads the command.
 */
export function createTranscriber({
  command,
  directory,
  log,
}: {
  command: string | undefined;
  directory: string;
  log: Log;
}): Transcribe {
  const [program, ...rest] = command?.split(/\s+/).filter((part) => part !== '') ?? [];
  return async (content) => {
    if (program === undefined) return undefined;
    const file = join(directory, newId('voice'));
    try {
      writeFileSync(file, content, { mode: 0o600 });
      const limits = { timeout: TRANSCRIBE_LIMIT_MS, maxBuffer: MAX_TRANSCRIPT_BYTES, killSignal: 'SIGKILL' as const };
      const { stdout } = await promisify(execFile)(program, [...rest, file], limits);
      return stdout.trim() || undefined;
    } catch (error) {
      // What the command says of a failure may hold what was said.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      log.warn('voice.not-transcribed', { code, error: code === undefined ? describeError(error) : undefined });
      return undefined;
    } finally {
      rmSync(file, { force: true });
    }
  };
}
