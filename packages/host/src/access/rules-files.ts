import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeError } from '../kernel/errors.ts';
import { isMissing } from '../kernel/safe-files.ts';

/** Largest file of rules that is read, in bytes. */
export const MAX_RULES_BYTES = 1024 * 1024;

/** Why a file of rules cannot be used; what depends on it is then refused. */
export interface RulesProblem {
  readonly problem: string;
}

/** A file of the owner's configuration folder, as it is now. */
export interface RulesFile<Rules> {
  /** What the file says; read again when it has changed. Never throws: what cannot be read is a problem. */
  current(): Rules | RulesProblem;
  /** Another number each time that the file says something else. */
  version(): number;
}

const OTHERS_MAY_WRITE = 0o002;
const OTHERS_MAY_ANYTHING = 0o077;

/** Reads a file of rules at each use, as v1 did, but its content only when size, time or inode have changed. */
export function openRulesFile<Rules>(
  file: string,
  how: {
    parse(text: string): Rules | RulesProblem;
    missing: Rules | RulesProblem;
    /** True for a file with secrets: nobody but its owner may even read it. */
    isSecret?: boolean;
  },
): RulesFile<Rules> {
  let stamp = '';
  let version = 0;
  let rules = how.missing;

  function look(): void {
    const found = stampOf(file);
    if (found === stamp) return;
    stamp = found;
    version++;
    rules = read();
  }

  function read(): Rules | RulesProblem {
    try {
      const { size, mode } = statSync(file);
      if (size > MAX_RULES_BYTES) return { problem: `it is larger than ${MAX_RULES_BYTES} bytes` };
      if (how.isSecret && mode & OTHERS_MAY_ANYTHING) return { problem: 'others may read it: run chmod 600 on it' };
      if (mode & OTHERS_MAY_WRITE) return { problem: 'everybody on this machine may write it: run chmod o-w on it' };
      if (statSync(dirname(file)).mode & OTHERS_MAY_WRITE) {
        return { problem: 'everybody on this machine may write its folder: run chmod o-w on that' };
      }
      return how.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      return isMissing(error) ? how.missing : { problem: describeError(error) };
    }
  }

  return {
    current() {
      look();
      return rules;
    },
    version() {
      look();
      return version;
    },
  };
}

function stampOf(file: string): string {
  try {
    // Without an exception where there is no file, which is the usual case, and for every message.
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? 'missing' : `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`;
  } catch (error) {
    return describeError(error);
  }
}
