import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScreen } from './screen.ts';

const BIN = join(import.meta.dirname, '../../packages/host/bin/nanoclaw.mjs');

const SIZE = { columns: 78, rows: 30 };

/** The real program on a home of its own: no key, so the practice model answers, in bubblewrap. */
export function aRealHome() {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-tty-'));
  const kept = Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC|CLAUDE|NANOCLAW)/.test(name));
  const own = { NANOCLAW_HOME: home, SANDBOX: 'bubblewrap', TZ: 'UTC' };
  const env = { ...Object.fromEntries(kept), ...own };
  const started: ChildProcess[] = [];

  /** Starts the program without a terminal. */
  function start(...args: string[]) {
    const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(child);
    const heard = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      heard.stderr += text;
    });
    const code = once(child, 'close').then(([exitCode]) => exitCode as number | null);
    return { child, heard, code };
  }

  return {
    home,
    start,
    /** Runs the program to its end. */
    async run(...args: string[]) {
      const { heard, code } = start(...args);
      return { code: await code, ...heard };
    },
    /** Starts the program on a pseudo-terminal that `script` of util-linux makes. */
    terminal(...args: string[]) {
      const screen = createScreen(SIZE);
      const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
      const size = `stty rows ${SIZE.rows} cols ${SIZE.columns}`;
      const child = spawn('script', ['-qefc', `${size}; exec ${command}`, '/dev/null'], { env });
      started.push(child);
      child.stdout.setEncoding('utf8').on('data', screen.write);
      const code = once(child, 'close').then(([exitCode]) => exitCode as number | null);
      return { screen, code, type: (keys: string) => void child.stdin.write(keys) };
    },
    isLocked: () => existsSync(join(home, 'data', 'nanoclaw.lock')),
    /** Processes that carry the home in their command line. */
    processes: () => processesWith(home),
    async remove(): Promise<void> {
      for (const child of started) {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'close');
        }
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export type RealHome = ReturnType<typeof aRealHome>;

function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(text));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It ended while we looked.
    return '';
  }
}
