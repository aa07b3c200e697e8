import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

const CHECK = join(import.meta.dirname, '..', '..', 'scripts', 'setup', 'sandbox-check.mjs');

/** What `npm start` does about the sandbox before it becomes the host. */
function checkOnce(home: string) {
  const script = `import { checkSandboxOnce } from ${JSON.stringify(CHECK)}; checkSandboxOnce(${JSON.stringify(home)});`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, NANOCLAW_HOME: home, SANDBOX: 'bubblewrap' },
    encoding: 'utf8',
  });
}

test('npm start checks the sandbox once, and again when something has changed', () => {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-start-'));
  const checked = join(home, 'data', 'sandbox-checked');
  const holds = { status: 0, stderr: expect.stringMatching(/the sandbox holds \(bubblewrap, \d+ checks\)/) };
  try {
    expect(checkOnce(home)).toMatchObject(holds);
    expect(checkOnce(home)).toMatchObject({ status: 0, stderr: '' });
    writeFileSync(checked, 'what another version has found');
    expect(checkOnce(home)).toMatchObject(holds);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

// Bubblewrap shows agents the /usr of the host, so that a home in there is one mistake by which a sandbox does not hold.
test.skipIf(process.getuid?.() !== 0)('npm start starts nothing when the sandbox does not hold', () => {
  const home = mkdtempSync('/usr/local/nanoclaw-start-');
  try {
    const refused = checkOnce(home);

    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/the sandbox does not hold: [\s\S]*nothing is started/);
    expect(existsSync(join(home, 'data', 'sandbox-checked'))).toBe(false);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
