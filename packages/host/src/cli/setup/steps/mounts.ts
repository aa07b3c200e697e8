import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findPath, mountAllowlistFile } from '../../../access/mount-rules-files.ts';
import { NanoError } from '../../../kernel/errors.ts';
import { writeMountAllowlist } from '../mount-allowlist-files.ts';
import type { SetupContext, SetupStep } from '../step.ts';

export const mountsStep: SetupStep = {
  name: 'mounts',
  title: 'Your folders',
  async look({ deps, mounts }) {
    const file = mountAllowlistFile(deps.config().configHome);
    return existsSync(file) && mounts.length === 0 ? `as ${file} says` : undefined;
  },
  async act(context) {
    const { deps } = context;
    const file = mountAllowlistFile(deps.config().configHome);
    if (existsSync(file))
      throw new NanoError('usage', `${file} is there already: add folders to it by hand (docs/mounts.md)`);
    const folders = await askFolders(context);
    writeMountAllowlist(file, folders);
    if (folders.length === 0) return 'agents see no folder of this machine but their own';
    return `agents may be shown ${folders.join(', ')}, read-only: nanoclaw groups update <folder> --mount <path> shows one`;
  },
};

async function askFolders({ ask, mounts }: SetupContext): Promise<string[]> {
  if (!ask.canAskAgain) {
    for (const folder of mounts) {
      const problem = problemWith(folder);
      if (problem !== undefined) throw new NanoError('usage', `${folder}: ${problem}`);
    }
    return mounts.map((folder) => resolve(folder));
  }
  const folders = mounts.map((folder) => resolve(folder));
  for (;;) {
    const message =
      folders.length === 0 ? 'A folder of this machine that agents may be shown? Empty for none.' : 'Another one?';
    const folder = await ask.text({ name: 'MOUNT', message, isOptional: true, problemWith });
    if (folder === '') return folders;
    folders.push(resolve(folder));
  }
}

function problemWith(folder: string): string | undefined {
  return findPath(resolve(folder))?.kind === 'directory' ? undefined : 'there is no such folder';
}
