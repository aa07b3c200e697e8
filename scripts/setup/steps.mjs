import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The checkout. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** Says what is being done, for people. */
export function say(line) {
  process.stderr.write(`nanoclaw: ${line}\n`);
}

/** Runs a program and shows what it prints. Ends this process with one sentence when it fails. */
export function must(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: ['inherit', 2, 2], ...options });
  if (result.status === 0) return;
  say(`${command} ${args.join(' ')} failed (${result.error?.message ?? `exit code ${result.status}`})`);
  process.exit(1);
}

/** True when the program runs and ends well; it prints nothing. */
export function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

const OLDEST_NODE = [20, 19];

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  say(`Node.js ${process.versions.node} is too old: install ${OLDEST_NODE.join('.')} or newer`);
  process.exit(1);
}

/** Installs the packages of the lock file when they are missing or of another lock file, or built for another Node. */
export function installPackages() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const lock = join(ROOT, 'package-lock.json');
  const isCurrent = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
  if (isCurrent && databaseLoads()) return;
  say('installing packages (npm ci); the database driver is compiled, which takes a minute or two');
  must('npm', ['ci', '--no-audit', '--no-fund'], { shell: process.platform === 'win32', env: withHeaders() });
  if (!databaseLoads()) {
    say('better-sqlite3 does not load: it needs python3, make and g++ to be compiled; on Debian run');
    say('  apt-get install -y python3 make g++ && npm ci');
    process.exit(1);
  }
}

/**
 * Where no prebuilt driver can be fetched it is compiled, and node-gyp would fetch Node's headers: those that are installed
 * beside this Node, as most packages of it do, are as good when they are of its version.
 */
function withHeaders() {
  const prefix = dirname(dirname(process.execPath));
  const file = join(prefix, 'include', 'node', 'node_version.h');
  const [major] = process.versions.node.split('.');
  const isOurs = existsSync(file) && readFileSync(file, 'utf8').includes(`#define NODE_MAJOR_VERSION ${major}\n`);
  const isTold = process.env.npm_config_nodedir !== undefined;
  return !isOurs || isTold ? process.env : { ...process.env, npm_config_nodedir: prefix };
}

function databaseLoads() {
  const probe = "new (require('better-sqlite3'))(':memory:').close()";
  return spawnSync(process.execPath, ['-e', probe], { cwd: ROOT, stdio: 'ignore' }).status === 0;
}

/** Compiles the packages and bundles the runner; quick when nothing has changed. */
export function build() {
  if (!existsSync(join(ROOT, 'packages', 'host', 'dist', 'nanoclaw.mjs'))) say('building');
  must('npm', ['run', '--silent', 'build'], { shell: process.platform === 'win32' });
}

/** Reads `.env` values the way the host does, for the few that decide about set-up. */
export function setting(name) {
  if (process.env[name]) return process.env[name];
  const file = join(process.env.NANOCLAW_HOME ?? ROOT, '.env');
  if (!existsSync(file)) return undefined;
  const line = readEnv(file).match(new RegExp(`^\\s*${name}\\s*=\\s*["']?([^"'\\n]*)`, 'm'));
  return line?.[1]?.trim() || undefined;
}

function readEnv(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    say(`cannot read ${file}: make it readable for this user (${error.message})`);
    process.exit(1);
  }
}
