import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PLANTED_BUGS, plantBug } from './planted-bugs.ts';

/** Most lives until a bug shows itself; `npm test` lives more of them. */
const LIVES = 500;

/* A simulation that finds nothing may be blind. These are shown to it, and it has to find them. */
describe.each(PLANTED_BUGS.map((bug) => [bug.room, bug] as const))('a bug in the %s', (_, bug) => {
  test(`is found: ${bug.what}`, () => {
    const planted = plantBug(bug);
    try {
      const args = ['--conditions=@nanoclaw/source', 'test/simulation/run.ts', '--seeds', `${LIVES}`, '--until-broken'];
      const tsx = join(planted.directory, 'node_modules', 'tsx', 'dist', 'cli.mjs');
      const run = spawnSync(process.execPath, [tsx, ...args], { cwd: planted.directory, encoding: 'utf8' });

      process.stdout.write(`${bug.room}: ${run.stdout.split('\n')[0]}\n`);
      expect(run.stdout, run.stderr).toMatch(/^seed \d+: /);
      expect(run.status).toBe(1);
    } finally {
      planted.remove();
    }
  });
});
