import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An engine for tests. `environment` is what `docker` has to be run with. */
export interface TestDocker {
  readonly environment: NodeJS.ProcessEnv;
  /** false: the machine's own engine, or one that another test process started. */
  readonly isOwn: boolean;
  /** Ends an own engine and removes what it left; leaves anybody else's alone. Idempotent. */
  stop(): Promise<void>;
}

/** Why there is no engine, and the one command that would change that. */
export interface NoDocker {
  readonly reason: string;
  readonly remedy: string;
}

export type DockerForTests = { kind: 'engine'; engine: TestDocker } | { kind: 'none'; none: NoDocker };

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 60_000;
const STEP_MS = 100;

/**
 * The engine that answers already; else, for root, an own `dockerd` that shares nothing with the machine's. Everything
 * of it lies in `directory`: a new temporary folder that goes with it, or one that is kept with its images, given as
 * option or as NANOCLAW_TEST_ENGINE.
 */
export async function privateDocker(options: { directory?: string } = {}): Promise<DockerForTests> {
  if (await answers(process.env)) return engineOf({ environment: process.env, isOwn: false, stop: async () => {} });
  const remedy = 'sudo apt-get install -y docker.io';
  if (process.getuid?.() !== 0) return noDocker('no Docker engine answers, and only root can start one', remedy);
  if (!isInstalled('dockerd')) return noDocker('neither a Docker engine nor dockerd is there', remedy);
  const kept = options.directory ?? process.env['NANOCLAW_TEST_ENGINE'];
  const directory = kept ?? (await mkdtemp(join(tmpdir(), 'nanoclaw-engine-')));
  await mkdir(directory, { recursive: true });
  const environment = { ...process.env, DOCKER_HOST: `unix://${join(directory, 'docker.sock')}` };
  if (await answers(environment)) return engineOf({ environment, isOwn: false, stop: async () => {} });
  return engineOf(await startEngine({ directory, environment, isKept: kept !== undefined }));
}

async function startEngine(place: {
  directory: string;
  environment: NodeJS.ProcessEnv;
  isKept: boolean;
}): Promise<TestDocker> {
  const { directory, environment, isKept } = place;
  const log = join(directory, 'dockerd.log');
  // A pid file that outlived its process would stop the next start.
  await rm(join(directory, 'dockerd.pid'), { force: true });
  const args = [
    ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
    ...['--pidfile', join(directory, 'dockerd.pid'), '--host', `unix://${join(directory, 'docker.sock')}`],
  ];
  const output = openSync(log, 'a');
  const child = spawn('dockerd', args, { stdio: ['ignore', output, output] });
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await endProcess(child);
    process.off('exit', endWithUs);
    await unmountBelow(directory);
    await rm(isKept ? join(directory, 'exec') : directory, { recursive: true, force: true });
  };
  const engine: TestDocker = { environment, isOwn: true, stop: () => (stopping ??= stop()) };
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(environment))) {
    if (child.exitCode === null && Date.now() < deadline) {
      await sleep(STEP_MS);
      continue;
    }
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    await engine.stop();
    throw new Error(`dockerd did not start:\n${lines}`);
  }
  return engine;
}

/** SIGTERM makes the engine end its containers and its containerd first; SIGKILL only when that takes too long. */
async function endProcess(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  const deadline = Date.now() + STOP_LIMIT_MS;
  while (child.exitCode === null && child.signalCode === null) {
    if (Date.now() > deadline) child.kill('SIGKILL');
    await sleep(STEP_MS);
  }
}

/** What an engine that had to be killed leaves mounted would keep its folder from being removed. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '');
  const ours = mounts.filter((path) => path.startsWith(`${directory}/`)).sort((a, b) => b.length - a.length);
  for (const path of ours) await run('umount', ['--lazy', path]);
}

async function answers(environment: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}'], { env: environment, timeout: 10_000 });
    return true;
  } catch {
    // No client, no engine, or none for this user: all mean that no engine answers.
    return false;
  }
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

function engineOf(engine: TestDocker): DockerForTests {
  return { kind: 'engine', engine };
}

function noDocker(reason: string, remedy: string): DockerForTests {
  return { kind: 'none', none: { reason, remedy } };
}
