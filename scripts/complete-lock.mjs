/*
 * Run after a change of dependencies: `node scripts/complete-lock.mjs`. npm leaves packages for other platforms out of the
 * lock file when its registry does not offer them (a mirror), and `npm ci` then refuses the lock file. The entries are
 * added from their names, `…-<os>-<cpu>[-<libc>]`; a platform that does not match is never fetched.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, say } from './setup/steps.mjs';

const file = join(ROOT, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || lock.packages[`${path}/${key}`]) continue;
    lock.packages[key] = platformEntry(name, version, entry);
    say(`added ${name}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);

function platformEntry(name, version, parent) {
  const [os, cpu, abi = ''] = name
    .split('/')
    .at(-1)
    .replace(/^(cli|binding)-/, '')
    .split('-');
  const libc = abi.startsWith('musl') ? 'musl' : 'glibc';
  const { dev, engines, license } = parent;
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(os === 'linux' ? { libc: [libc] } : {}),
    license,
    optional: true,
    os: [os],
    ...(engines ? { engines } : {}),
  };
}
