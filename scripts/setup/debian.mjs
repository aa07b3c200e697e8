import { existsSync } from 'node:fs';
import { must, say } from './steps.mjs';

/** True where packages can be installed without asking anybody. */
export function mayInstallPackages() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** The one command that installs the packages, for people. */
export function installCommand(packages) {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return `${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Installs Debian packages; says what it does. Ends the process when apt fails. */
export function installDebianPackages(packages) {
  if (packages.length === 0) return;
  say(`installing Debian packages: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  must('apt-get', ['update', '-qq'], { env });
  must('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}
