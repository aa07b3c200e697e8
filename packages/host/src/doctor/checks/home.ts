import { join } from 'node:path';
import { servicesFile } from '../../access/service-rules-files.ts';
import { lockHolder } from '../../config/lock-files.ts';
import { type Check, type Finding, ok, problem, type Scene } from '../check.ts';
import {
  directoryProblem,
  freeBytes,
  modeOf,
  oldFiles,
  removeFile,
  setMode,
  sizeOf,
  textOf,
} from '../home-look-files.ts';

/** Less free space than this, and twice the database, is too little. */
const MIN_FREE_BYTES = 500 * 2 ** 20;

/** What was left unfinished counts as left behind when it is this old, in milliseconds. */
const LEFTOVER_AGE_MS = 3_600_000;

const OTHERS = 0o077;

export const homeCheck: Check = {
  name: 'home',
  run({ paths }) {
    const places = [
      paths.home,
      join(paths.home, 'store'),
      join(paths.home, 'data'),
      paths.groups,
      paths.backups,
      paths.logs,
    ];
    const bad = places.flatMap((path) => {
      const why = directoryProblem(path);
      return why === undefined
        ? []
        : problem(`${path} cannot be used: ${why}`, `make it a directory that this user owns`);
    });
    return bad.length > 0 ? bad : ok(paths.home);
  },
};

export const secretsCheck: Check = {
  name: 'secret files',
  run({ paths, configHome }) {
    const files = [join(paths.home, '.env'), join(paths.home, 'data', 'web.json'), servicesFile(configHome)];
    const open = files.flatMap((file): Finding[] => {
      const mode = modeOf(file);
      if (mode === undefined || (mode & OTHERS) === 0) return [];
      const found = `${file} can be read by others (mode ${mode.toString(8)})`;
      return problem(found, `chmod 600 ${file}`, () => setMode(file, 0o600));
    });
    return open.length > 0 ? open : ok('only you can read them');
  },
};

export const diskCheck: Check = {
  name: 'disk',
  run({ paths }) {
    const free = freeBytes(paths.home);
    const wanted = Math.max(MIN_FREE_BYTES, 2 * sizeOf(paths.database));
    const shown = `${Math.floor(free / 2 ** 20)} MiB are free at ${paths.home}`;
    if (free >= wanted) return ok(shown);
    const found = `only ${shown}, and ${Math.ceil(wanted / 2 ** 20)} MiB should be`;
    return problem(found, 'free some space: old backups, or data/files');
  },
};

/** A lock of a process that is dead is taken over at the next start; until then it only misleads. */
export const lockCheck: Check = {
  name: 'lock',
  run({ paths, host }) {
    const holder = lockHolder(paths.lock);
    if (holder !== undefined) {
      if (host !== undefined) return ok(`held by the running host, process ${holder}`);
      const found = `process ${holder} holds ${paths.lock}, but does not answer at ${paths.controlSocket}`;
      return problem(found, `wait if it has just been started; else end it: kill ${holder}`);
    }
    if (textOf(paths.lock) === undefined) return ok('no host runs');
    const found = `${paths.lock} was left by a process that is dead`;
    return problem(found, `remove ${paths.lock}`, () => removeFile(paths.lock));
  },
};

export const leftoversCheck: Check = {
  name: 'leftover files',
  run(scene) {
    const left = leftovers(scene);
    if (left.length === 0) return ok('none');
    return left.flatMap((file) => problem(`${file} was left unfinished`, `remove it`, () => removeFile(file)));
  },
};

function leftovers({ paths, now }: Scene): string[] {
  const before = now() - LEFTOVER_AGE_MS;
  return [
    ...oldFiles(paths.backups, /\.unfinished$|^\.copy-/, before),
    ...oldFiles(join(paths.home, 'store'), /\.unfinished$/, before),
    ...oldFiles(join(paths.home, 'data'), /^nanoclaw\.lock\.|\.unfinished$/, before),
    ...oldFiles(paths.home, /^\.env\..*\.unfinished$/, before),
  ];
}
