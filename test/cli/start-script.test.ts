import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const STEPS = join(import.meta.dirname, '..', '..', 'scripts', 'setup', 'steps.mjs');

test('settings that cannot be read end npm start with one sentence', () => {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-start-'));
  try {
    // Root reads every file, so what cannot be read is a directory.
    mkdirSync(join(home, '.env'));
    const script = `import { setting } from ${JSON.stringify(STEPS)}; setting('NANOCLAW_NO_SUCH_SETTING');`;
    const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NANOCLAW_HOME: home },
      encoding: 'utf8',
    });
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/^nanoclaw: cannot read .*\.env: make it readable for this user \(.*\)\n$/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
