import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { ROOT, say, setting } from './steps.mjs';

const HOST = join(ROOT, 'packages', 'host');

/**
 * Runs `nanoclaw sandbox check` before the first start of a home, and again when the host, the kernel, an engine or the
 * setting has changed since. Ends the process when something got out. What cannot be checked now (no engine answers
 * yet) is left to the host, which waits or says why, and is checked at the next start.
 */
export function checkSandboxOnce(home) {
  const file = join(home, 'data', 'sandbox-checked');
  const state = stateOfSandboxes();
  if (existsSync(file) && readFileSync(file, 'utf8') === state) return;
  say('checking that the sandbox holds, which takes some seconds; npx nanoclaw sandbox check does it at any time');
  const command = [join(HOST, 'bin', 'nanoclaw.mjs'), 'sandbox', 'check', '--json'];
  const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  const answer = parse(stdout);
  if (answer === undefined) return say(`it cannot be checked yet: ${stderr.trim().split('\n').at(-1)}`);
  const failed = answer.results.filter(({ ok }) => !ok);
  if (failed.length === 0) {
    say(`the sandbox holds (${answer.driver}, ${answer.results.length} checks)`);
    return writeFileSync(file, state);
  }
  for (const { what, found } of failed) say(`the sandbox does not hold: "${what}" is not so (found: ${found})`);
  say('nothing is started; npx nanoclaw sandbox check tells more, and SANDBOX in .env chooses another sandbox');
  process.exit(1);
}

function stateOfSandboxes() {
  const versions = ['docker', 'podman', 'bwrap'].map(
    (name) => spawnSync(name, ['--version'], { encoding: 'utf8' }).stdout,
  );
  const host = readFileSync(join(HOST, 'dist', 'nanoclaw.mjs'));
  const parts = [host, release(), setting('SANDBOX'), setting('CONTAINER_IMAGE'), ...versions];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part ?? '-').update('\0');
  return hash.digest('hex');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // The command ended with a sentence instead: there is nothing to judge yet.
    return undefined;
  }
}
