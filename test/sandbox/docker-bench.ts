import { execFile } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import {
  baseEnvironment,
  type SandboxSpec,
  type SandboxUser,
  sandboxName,
  sandboxUser,
} from '@nanoclaw/host/sandboxes/spec.js';

/** Nobody else's, also not that of a test run at the same time. */
export const INSTALLATION = `docker-test-${process.pid}`;
const MEBIBYTE = 1024 * 1024;
let serial = 0;

/** Who sandboxes are when this process is the host. */
export function testUser(): SandboxUser {
  return sandboxUser(process.getuid?.() ?? 1000, process.getgid?.() ?? 1000);
}

export function aSpec(changes: Partial<SandboxSpec>): SandboxSpec {
  serial += 1;
  return {
    name: sandboxName('docker-test', Date.now() * 1000 + serial),
    installation: INSTALLATION,
    groupFolder: 'docker-test',
    runId: `run-${serial}`,
    user: testUser(),
    mounts: [],
    environment: baseEnvironment('Europe/Berlin'),
    limits: { memoryBytes: 1024 * MEBIBYTE, cpus: 2, pids: 256, tmpBytes: 64 * MEBIBYTE },
    ...changes,
  };
}

/** Runs one shell command in a sandbox of the test image. */
export async function runIn(driver: SandboxDriver, changes: Partial<SandboxSpec>, command: string) {
  const sandbox = driver.start(aSpec(changes));
  sandbox.stdin.end(JSON.stringify({ prompt: command }));
  const [output, errors, exit] = await Promise.all([text(sandbox.stdout), text(sandbox.stderr), sandbox.exited]);
  return { output, errors, exit };
}

/** Output of one command of the docker client; throws when it fails. */
export async function docker(...args: string[]): Promise<string> {
  return (await promisify(execFile)('docker', args)).stdout;
}
