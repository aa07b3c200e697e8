import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const BIN = join(import.meta.dirname, '../../packages/host/bin/nanoclaw.mjs');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real program on a home of its own, with stand-ins of service managers on its PATH that record what they are asked. */
export function aServiceHome(folder = 'home') {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-service-'));
  const path = join(directory, folder);
  const programs = join(directory, 'programs');
  const asked = join(directory, 'asked');
  const user = join(directory, 'user');
  for (const made of [path, programs, user]) mkdirSync(made);
  writeFileSync(join(path, '.env'), 'SANDBOX=bubblewrap\nTZ=UTC\n', { mode: 0o600 });
  const env = { PATH: `${programs}:${process.env['PATH']}`, HOME: user, NANOCLAW_HOME: path };

  const started: ChildProcess[] = [];

  function listen(child: ChildProcessByStdio<Writable | null, Readable, Readable>) {
    started.push(child);
    const heard = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        heard[name] += text;
      });
    }
    const code = once(child, 'close').then(([exitCode]) => exitCode as number | null);
    return { heard, code };
  }

  /** Starts the program, with more of an environment than usual. */
  function start(given: Readonly<Record<string, string>>, ...args: string[]) {
    const stdio = ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'];
    return listen(spawn(process.execPath, [BIN, ...args], { env: { ...env, ...given }, stdio }));
  }

  async function run(...args: string[]): Promise<Ended> {
    const { heard, code } = start({}, ...args);
    return { code: await code, ...heard };
  }

  /** Starts the program on a pseudo-terminal, which `script` of util-linux makes. */
  function terminal(given: Readonly<Record<string, string>>, ...args: string[]) {
    const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qefc', `stty rows 40 cols 120; exec ${command}`, '/dev/null'], {
      env: { ...env, TERM: 'xterm', ...given },
    });
    const { heard, code } = listen(child);
    return { heard, code, type: (keys: string) => void child.stdin.write(keys) };
  }

  return {
    directory,
    path,
    user,
    env,
    run,
    start,
    terminal,
    /** A program that writes down its arguments and then does as the shell script says. */
    program(name: string, script: string): void {
      const file = join(programs, name);
      writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> '${asked}'\n${script}\n`);
      chmodSync(file, 0o755);
    },
    /** What the programs were asked, in order; looks left out. */
    asked: (): string[] => {
      const lines = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [];
      return lines.filter((line) => !/ (is-system-running|show|show-user|print) /.test(`${line} `));
    },
    async remove(): Promise<void> {
      for (const child of started) {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'close');
        }
      }
      const hasProcess = existsSync(join(path, 'data', 'service.json'));
      if (hasProcess) await run('service', 'uninstall', '--manager', 'plain');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export type ServiceHome = ReturnType<typeof aServiceHome>;
