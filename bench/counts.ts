import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { groupNumber, messageFor, startBareEngine } from './bare-engine.ts';
import { chatNumber } from './bench-home.ts';
import { findDrivers } from './find-drivers.ts';
import { startLiveHost } from './live-host.ts';

const CHECKOUT = join(import.meta.dirname, '..');

/** What is counted, by its name in `ratchet.json`. Counts and bytes only: they are the same on a busy machine. */
export const COUNTS: Readonly<Record<string, () => number | Promise<number>>> = {
  'statements for a message that is stored': statementsPerMessage,
  'bytes of the first model request': bytesOfFirstRequest,
  'bytes of code read at start': () => bytesReadAtStart(join(CHECKOUT, 'packages', 'host', 'dist', 'nanoclaw.mjs')),
  'packages installed': () => installed().length,
  'files installed': () => sum(installed(), ({ files }) => files),
  'bytes installed': () => sum(installed(), ({ bytes }) => bytes),
};

/** How much a count may grow before somebody has to say that it is meant. */
export const MAX_GROWTH = 1.05;

export const RATCHET_FILE = join(import.meta.dirname, 'ratchet.json');

/** The values that were meant. */
export function recordedCounts(): Record<string, number> {
  return existsSync(RATCHET_FILE) ? JSON.parse(readFileSync(RATCHET_FILE, 'utf8')) : {};
}

/** Statements that SQLite runs while a message of a known chat goes through the inbox, BEGIN and COMMIT not counted. */
async function statementsPerMessage(): Promise<number> {
  const bare = await startBareEngine({ groups: 1, script: async () => undefined });
  const jid = groupNumber(0);
  const info = { jid, channel: 'bench', isGroup: true };
  const take = (): void => bare.engine.inbox.receive(info, messageFor(jid, 'people talk among themselves'));
  const statement = Object.getPrototypeOf(bare.stores.database.prepare('SELECT 1'));
  const methods = ['run', 'get', 'all'] as const;
  const originals = methods.map((method) => statement[method]);
  let count = 0;
  try {
    take();
    for (const [index, method] of methods.entries()) {
      statement[method] = function counted(...args: unknown[]) {
        count += 1;
        return originals[index].apply(this, args);
      };
    }
    take();
    return count;
  } finally {
    for (const [index, method] of methods.entries()) statement[method] = originals[index];
    await bare.end();
  }
}

/** Of "hello" in a new chat, through a real sandbox. */
async function bytesOfFirstRequest(): Promise<number> {
  const drivers = await findDrivers('bubblewrap');
  const [driver] = drivers.usable;
  if (driver === undefined) throw new Error(drivers.refusals.join('; '));
  const host = await startLiveHost({ driver, chats: 2, settings: {} });
  try {
    const before = host.model.count();
    await host.timeToModel(chatNumber(0), 'hello');
    const { bytes } = await host.model.requestAfter(before);
    await host.answered(chatNumber(0));
    return bytes;
  } finally {
    await host.end();
    await drivers.stop();
  }
}

/** Of a built file and of the files that it imports in any case, by whatever way. */
function bytesReadAtStart(file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  const code = readFileSync(file, 'utf8');
  const imports = [...code.matchAll(/\b(?:from|import)\s*"(\.\/nanoclaw-[\w-]+\.mjs)"/g)];
  return Buffer.byteLength(code) + sum(imports, ([, name = '']) => bytesReadAtStart(join(dirname(file), name), seen));
}

interface Package {
  readonly files: number;
  readonly bytes: number;
}

/** Every package that an installation without development has, but for the Agent SDK's own binary and this workspace. */
function installed(): Package[] {
  const lock = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8'));
  const entries = Object.entries(lock.packages as Record<string, { dev?: true; devOptional?: true; link?: true }>);
  return entries
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.devOptional && !entry.link)
    .filter(([path]) => !/claude-agent-sdk-(linux|darwin|win32)-/.test(path))
    .map(([path]) => join(CHECKOUT, path))
    .filter((directory) => existsSync(directory))
    .map((directory) => sizeOf(directory));
}

/** Packages inside packages are listed by themselves. */
function sizeOf(directory: string): Package {
  let [files, bytes] = [0, 0];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(directory, entry.name);
    const part = entry.isDirectory() ? sizeOf(path) : { files: 1, bytes: lstatSync(path).size };
    files += part.files;
    bytes += part.bytes;
  }
  return { files, bytes };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
