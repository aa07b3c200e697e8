import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SECRET_VARIABLES } from '../config/variables.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../kernel/process-identity.ts';

/** A session of Claude Code on this machine; without an address while it is being started. */
const Session = z.object({
  pid: z.number().int().positive(),
  began: z.string(),
  url: z.string().nullable(),
  startedBy: z.string(),
  startedInChat: z.string(),
  startedAt: z.string(),
});
export type Session = z.infer<typeof Session>;

/** Most of what the program prints that is looked at, and kept, in bytes. */
export const MAX_REMOTE_OUTPUT_BYTES = 64 * 1024;

/** What is known of the session: a file that outlives the host, as the session does. */
export function remoteControlFiles(directory: string) {
  const state = join(directory, 'remote-control.json');
  const stdout = join(directory, 'remote-control.stdout');
  const stderr = join(directory, 'remote-control.stderr');
  return {
    /** The session whose process is alive and the same; a file that says anything else is removed. */
    find(): Session | undefined {
      const session = readSession(state);
      if (session !== undefined && isAlive(session)) return session;
      rmSync(state, { force: true });
      return undefined;
    },
    write: (session: Session) => writeFileSync(state, JSON.stringify(session), { mode: 0o600 }),
    remove: () => rmSync(state, { force: true }),
    /** What the program has printed so far. It may hold what gives access: it is looked at and goes nowhere. */
    printed: () => beginningOf(stdout),
    /** Keeps the output from filling the disk: it is written behind what is there. */
    trim() {
      for (const file of [stdout, stderr]) {
        const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
        if (size > MAX_REMOTE_OUTPUT_BYTES) truncateSync(file);
      }
    },
    launch: (command: string, cwd: string) => launch({ command, cwd, stdout, stderr }),
  };
}

function readSession(file: string): Session | undefined {
  try {
    return Session.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    // There is none, or nothing that can be understood.
    return undefined;
  }
}

function beginningOf(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(MAX_REMOTE_OUTPUT_BYTES);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** Starts the program detached, with files for what it prints: pipes would end it together with the host. */
async function launch(of: { command: string; cwd: string; stdout: string; stderr: string }): Promise<ProcessIdentity> {
  for (const file of [of.stdout, of.stderr]) rmSync(file, { force: true });
  const [out, err] = [openSync(of.stdout, 'a', 0o600), openSync(of.stderr, 'a', 0o600)];
  try {
    // The host's own credentials are not the session's.
    const hidden = SECRET_VARIABLES.flatMap((name) => ['-u', name]);
    const args = [...hidden, of.command, 'remote-control', '--name', 'NanoClaw Remote'];
    const child = spawn('env', args, { cwd: of.cwd, detached: true, stdio: ['pipe', out, err] });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.stdin?.on('error', () => undefined).end('y\n');
    child.unref();
    return identityOf(child.pid ?? 0);
  } finally {
    closeSync(out);
    closeSync(err);
  }
}
