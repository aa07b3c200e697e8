/*
 * npm test: every suite, from a fresh checkout. Installs packages (Debian ones only as root), builds, runs, and ends with
 * one line of counts. What could not run is said at the end, loudly, and is a failure in CI.
 *
 *   npm test                     everything
 *   npm test -- test/web         only what the paths name
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { installCommand, installDebianPackages, mayInstallPackages } from './setup/debian.mjs';
import { build, checkNode, installPackages, ROOT, runs, say } from './setup/steps.mjs';

/** What the suites need beyond npm, and how one can see that it is there. */
const NEEDS = [
  {
    suite: 'docker sandboxes and the image',
    packages: ['docker.io', 'iptables', 'mmdebstrap'],
    programs: ['dockerd', 'mmdebstrap'],
  },
  {
    suite: 'podman sandboxes',
    packages: ['podman', 'catatonit', 'runc', 'uidmap', 'netavark', 'aardvark-dns'],
    programs: ['podman', 'catatonit', 'runc', 'newuidmap'],
  },
  { suite: 'bubblewrap sandboxes', packages: ['bubblewrap', 'util-linux'], programs: ['bwrap', 'setpriv'] },
  { suite: 'the service', packages: ['systemd'], programs: ['systemd-analyze', 'systemd-notify'] },
  { suite: 'the Gmail channel', packages: ['dovecot-imapd'], programs: ['dovecot'] },
  { suite: 'the web page', packages: ['chromium'], programs: ['chromium'] },
  {
    suite: 'what agents use inside bubblewrap',
    packages: ['git', 'python3', 'jq', 'curl'],
    programs: ['git', 'python3', 'jq', 'curl'],
  },
];

checkNode();
installPackages();
if (mayInstallPackages()) installDebianPackages(missingNeeds().flatMap(({ packages }) => packages));
build();
const missing = missingNeeds();
const counts = runSuites();
report();

function missingNeeds() {
  return NEEDS.filter(({ programs }) => !programs.every((program) => runs('which', [program])));
}

function runSuites() {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-results-'));
  const file = join(directory, 'results.json');
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd: ROOT, stdio: 'inherit' });
  try {
    return { status, ...readResults(file) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readResults(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    say('the test runner left no results');
    return { passed: 0, failed: 1, skipped: [] };
  }
  const skipped = results.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => `${relative(ROOT, name)}: ${fullName}`),
  );
  // A file that does not load has no tests, but it has failed.
  const broken = results.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return { passed: results.numPassedTests, failed: results.numFailedTests + broken.length, skipped };
}

function report() {
  const { status, passed, failed, skipped } = counts;
  for (const { suite, packages } of missing) {
    say(`NOT TESTED: ${suite}. To enable, run: ${installCommand(packages)}`);
  }
  for (const name of skipped) say(`SKIPPED: ${name}`);
  const isCi = process.env.CI === 'true';
  const hasFailed = status !== 0 || failed > 0 || passed === 0 || (isCi && skipped.length > 0);
  if (isCi && skipped.length > 0) say('a skipped test is a failure in CI');
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  process.exit(hasFailed ? 1 : 0);
}
