import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import type { SandboxUser } from '../spec.ts';
import type { AppFiles, CommandLineFacts } from './command-line.ts';
import { readControlGroupLayout } from './control-group-files.ts';
import {
  CONFIGURATION_PATHS,
  PROC_ENTRIES,
  type RootFacts,
  SYSTEM_PATHS,
  type SystemPath,
} from './root-file-system.ts';
import { TOOL_ENVIRONMENT } from './tool-environment.ts';

/** The first version with `--disable-userns`, as major and minor. */
const DISABLE_USERNS_VERSION = [0, 8] as const;

/** Asks the machine once for everything a command line depends on. Takes a few milliseconds; throws nothing. */
export function readHostFacts(options: {
  bwrapPath: string;
  app: AppFiles;
  host: SandboxUser;
  installation: string;
  launchPrefix: readonly string[];
}): CommandLineFacts & { version: string | undefined } {
  const { bwrapPath, app, host, installation, launchPrefix } = options;
  const version = bubblewrapVersion(bwrapPath);
  return {
    version,
    bwrapPath,
    app: {
      runnerFile: resolved(app.runnerFile),
      claudeFile: resolved(app.claudeFile),
      nodeFile: resolved(app.nodeFile),
    },
    host,
    launchPrefix,
    root: readRootFacts(),
    controlGroups: launchPrefix.length === 0 ? readControlGroupLayout(installation) : undefined,
    canDisableUserNamespaces: version !== undefined && isAtLeast(version, DISABLE_USERNS_VERSION),
  };
}

function readRootFacts(): RootFacts {
  return {
    systemPaths: SYSTEM_PATHS.flatMap(systemPath),
    configuration: CONFIGURATION_PATHS.filter((path) => existsSync(path)),
    procEntries: PROC_ENTRIES.filter((path) => existsSync(path)),
  };
}

function systemPath(path: string): SystemPath[] {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) return [{ kind: 'link', path, target: readlinkSync(path) }];
  return entry?.isDirectory() ? [{ kind: 'directory', path }] : [];
}

function bubblewrapVersion(bwrapPath: string): string | undefined {
  const answer = spawnSync(bwrapPath, ['--version'], { encoding: 'utf8', timeout: 5_000, env: TOOL_ENVIRONMENT });
  return /(\d+\.\d+(\.\d+)?)/.exec(answer.stdout ?? '')?.[1];
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function resolved(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // Not built yet: `image` says so, and a start with it fails with its path.
    return file;
  }
}
