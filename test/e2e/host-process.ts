import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';

const BINARY = join(import.meta.dirname, '../../packages/host/bin/nanoclaw.mjs');

/** How a command ended and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real command line program on a home of its own, without any key of the machine it runs on. */
export function aHome(settings: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-home-'));
  const running = new Set<ChildProcess>();
  const environment = {
    PATH: process.env['PATH'],
    HOME: home,
    DOCKER_HOST: process.env['DOCKER_HOST'],
    NANOCLAW_HOME: home,
    TZ: 'UTC',
    ...settings,
  };

  function begin(args: readonly string[], extra: Record<string, string> = {}) {
    const child = spawn(process.execPath, [BINARY, ...args], { env: { ...environment, ...extra } });
    running.add(child);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.stdin.end();
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code) => {
        running.delete(child);
        resolve({ code, ...output });
      });
    });
    return { child, output, ended };
  }

  return {
    home,
    begin,
    run: (args: readonly string[], extra?: Record<string, string>): Promise<Ended> => begin(args, extra).ended,
    /** Starts a host and waits until it takes commands. */
    async start(extra?: Record<string, string>) {
      const host = begin(['start', '--no-chat'], extra);
      const early = host.ended.then(({ stderr }) => {
        throw new Error(`the host ended before it was ready: ${stderr}`);
      });
      await Promise.race([early, until('the host is ready', () => host.output.stderr.includes('host.ready'), 60_000)]);
      early.catch(() => {});
      return host;
    },
    /** Processes that run for this home, sandboxes included. */
    processes: (): string[] => processesNaming(home),
    async end(): Promise<void> {
      // Asked twice to stop, a host takes its sandboxes with it; killed, it would leave containers to the next start.
      for (const child of running) child.kill('SIGTERM');
      for (const child of running) child.kill('SIGTERM');
      await until('nothing runs for the home any more', () => processesNaming(home).length === 0, 20_000);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function processesNaming(text: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid) && names(pid, text));
}

function names(pid: string, text: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
  } catch {
    return false;
  }
}
