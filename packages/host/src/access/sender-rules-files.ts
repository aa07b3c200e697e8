import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeError } from '../kernel/errors.ts';
import { isMissing } from '../kernel/safe-files.ts';
import { MAX_RULES_BYTES, OPEN_ACCESS, parseSenderRules, type SenderAccess } from './sender-rules.ts';

/** The allowlist as it is now. */
export interface SenderAllowlist {
  /** What the file says; read again when it has changed. Never throws: what cannot be read is a problem. */
  current(): SenderAccess;
  /** Another number each time that the file says something else. */
  version(): number;
}

/** Where the owner's configuration folder has it. */
export function allowlistFile(configHome: string): string {
  return join(configHome, 'sender-allowlist.json');
}

const OTHERS_MAY_WRITE = 0o002;

/** Reads `sender-allowlist.json` at each use, as v1 did, but its content only when size, time or inode have changed. */
export function openSenderAllowlist(file: string): SenderAllowlist {
  let stamp = '';
  let version = 0;
  let access = OPEN_ACCESS;

  function look(): void {
    const found = stampOf(file);
    if (found === stamp) return;
    stamp = found;
    version++;
    access = read(file);
  }
  return {
    current() {
      look();
      return access;
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

function read(file: string): SenderAccess {
  try {
    const { size, mode } = statSync(file);
    if (size > MAX_RULES_BYTES) return { problem: `it is larger than ${MAX_RULES_BYTES} bytes` };
    if (mode & OTHERS_MAY_WRITE) return { problem: 'everybody on this machine may write it: run chmod o-w on it' };
    if (statSync(dirname(file)).mode & OTHERS_MAY_WRITE) {
      return { problem: 'everybody on this machine may write its folder: run chmod o-w on that' };
    }
    return parseSenderRules(readFileSync(file, 'utf8'));
  } catch (error) {
    return isMissing(error) ? OPEN_ACCESS : { problem: describeError(error) };
  }
}
