import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { showCommand } from './commands.ts';
import { LIMITS } from './limits.ts';
import { SkillError } from './skill-error.ts';

/** What commands see of the environment; nothing that could be a secret. */
const PASSED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TERM|CI|DOCKER_HOST|(HTTPS?|NO)_PROXY|(https?|no)_proxy|npm_config_(registry|cache|userconfig|prefer_offline|offline)|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/;

export interface CommandWish {
  readonly root: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly limitMs: number;
  readonly report: (line: string) => void;
}

/** Runs a program of a fixed list with words as they are, and ends it with everything it started when it takes too long. */
export async function runCommand(wish: CommandWish): Promise<void> {
  const [program = '', ...words] = wish.words;
  const child = spawn(program, words, {
    cwd: wish.root,
    env: environmentOf(wish),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    timeout: wish.limitMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const listen = (chunk: string): void => {
    output = (output + chunk).slice(-LIMITS.shownOutputCharacters);
    const line = chunk.trimEnd().split('\n').at(-1);
    if (line) wish.report(line);
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen);
  const end = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else
        resolve(
          signal === 'SIGKILL' ? `stopped after ${wish.limitMs / 1_000} s, or killed` : `exit code ${code ?? signal}`,
        );
    });
  });
  endGroup(child.pid);
  if (end !== undefined)
    throw new SkillError('skill-failed', `${showCommand(wish.words)} failed (${end}):\n${output.trim()}`);
}

function environmentOf({ environment, root }: CommandWish): Record<string, string> {
  const passed = Object.entries(environment).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && PASSED.test(pair[0]),
  );
  const path = [join(root, 'node_modules', '.bin'), environment['PATH'] ?? ''].join(delimiter);
  // npx downloads nothing: it would otherwise fetch any package by the name it is given.
  return {
    ...Object.fromEntries(passed),
    PATH: path,
    NO_COLOR: '1',
    npm_config_yes: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
