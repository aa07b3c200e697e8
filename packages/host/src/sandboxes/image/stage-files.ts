import { chmod, copyFile, cp, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildCommand, mustRun } from './build-command.ts';
import type { ImageSources } from './image-sources.ts';

/** Processor names as npm writes them. */
export type Processor = 'x64' | 'arm64';

/**
 * Makes the build context in `directory`: Dockerfile, runner.mjs, claude and agent-browser/. npm runs here, on the host,
 * because a build may have no way to the registry; install scripts do not run.
 */
export async function stageImage(options: {
  sources: ImageSources;
  directory: string;
  processor: Processor;
  environment: BuildCommand['environment'];
  signal: AbortSignal;
}): Promise<void> {
  const { sources, directory, processor, environment, signal } = options;
  const from = (name: string): string => join(sources.containerDirectory, name);
  const packages = join(directory, 'packages');
  await mkdir(packages);
  for (const name of ['package.json', 'package-lock.json']) await copyFile(from(name), join(packages, name));
  const args = [
    'ci',
    '--os=linux',
    `--cpu=${processor}`,
    '--libc=glibc',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  await mustRun(
    'fetching the packages of the image from npm',
    { command: 'npm', args: [...args, '--loglevel=error'], environment, directory: packages },
    { signal },
  );
  const context = join(directory, 'context');
  await mkdir(context);
  await copyFile(from('Dockerfile'), join(context, 'Dockerfile'));
  await copyFile(sources.runnerFile, join(context, 'runner.mjs'));
  await chmod(join(context, 'runner.mjs'), 0o644);
  await stageClaude(packages, context, processor);
  await stageAgentBrowser(packages, context, processor);
}

async function stageClaude(packages: string, context: string, processor: Processor): Promise<void> {
  const name = `claude-agent-sdk-linux-${processor}`;
  await rename(join(packages, 'node_modules', '@anthropic-ai', name, 'claude'), join(context, 'claude'));
  await chmod(join(context, 'claude'), 0o755);
}

/** The package brings a program for every system; the image gets the one it can run, under the plain name. */
async function stageAgentBrowser(packages: string, context: string, processor: Processor): Promise<void> {
  const source = join(packages, 'node_modules', 'agent-browser');
  const target = join(context, 'agent-browser');
  const program = join(target, 'bin', 'agent-browser');
  await mkdir(join(target, 'bin'), { recursive: true });
  await rename(join(source, 'bin', `agent-browser-linux-${processor}`), program);
  await chmod(program, 0o755);
  for (const name of ['LICENSE', 'package.json', 'skills', 'skill-data']) {
    await cp(join(source, name), join(target, name), { recursive: true });
  }
}
