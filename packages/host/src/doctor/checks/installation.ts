import { join } from 'node:path';
import { type Check, note, ok, problem } from '../check.ts';
import { changedAt, newestChange } from '../home-look-files.ts';

const OLDEST_NODE = [20, 19] as const;

export const nodeCheck: Check = {
  name: 'node',
  run({ nodeVersion }) {
    const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
    const isNew = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
    if (isNew) return ok(`Node.js ${nodeVersion}`);
    return problem(`Node.js ${nodeVersion} is too old`, `install Node.js ${OLDEST_NODE.join('.')} or newer`);
  },
};

/** What runs is a bundle: after a change of the sources, as by git pull, it is of yesterday. */
export const buildCheck: Check = {
  name: 'build',
  run({ checkout, host, version }) {
    const built = changedAt(join(checkout, 'packages', 'host', 'dist', 'nanoclaw.mjs'));
    if (built === undefined) return problem(`${checkout} is not built`, 'run npm run build there');
    const isOld = newestChange(join(checkout, 'packages', 'host', 'src'), '.ts') > built;
    if (isOld) return problem(`the build in ${checkout} is older than its sources`, 'run npm run build there');
    if (host !== undefined && host.version !== version) {
      const found = `the running host (process ${host.pid}) is version ${host.version}, this is ${version}`;
      return problem(found, 'restart it: nanoclaw service install, or ^C and npm start');
    }
    return ok(`version ${version}`);
  },
};

export const settingsCheck: Check = {
  name: 'settings',
  run({ settings, paths }) {
    const file = join(paths.home, '.env');
    if ('mistakes' in settings) return problem(settings.mistakes, `mend it in ${file} or the environment`);
    const { notices } = settings.config;
    if (notices.length > 0) return notices.flatMap((notice) => note(notice, `mend or remove that line of ${file}`));
    return ok(file);
  },
};

export const timezoneCheck: Check = {
  name: 'time zone',
  runWith({ timezone, variables }) {
    const isGuess = variables.TZ === undefined && /^(Etc\/)?(UTC|GMT)$/.test(timezone);
    if (!isGuess) return ok(timezone);
    return note('the machine has no time zone but UTC, and TZ is not set', 'set TZ in .env, such as TZ=Europe/Berlin');
  },
};
