/*
 * npm start: from a fresh checkout to a running assistant. Installs what is missing, builds, finds a sandbox or installs
 * one, then becomes the host. Plain Node, because nothing else is there yet.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installCommand, installDebianPackages, mayInstallPackages } from './setup/debian.mjs';
import { checkSandboxOnce } from './setup/sandbox-check.mjs';
import { build, checkNode, installPackages, must, ROOT, runs, say, setting } from './setup/steps.mjs';

const HOME = process.env.NANOCLAW_HOME ?? ROOT;

/** Container engines, each with a command that only works where it can be used; the host prefers them in this order. */
const ENGINES = [
  ['docker', 'version', '--format', '{{.Server.Version}}'],
  ['podman', 'info', '--format', '{{.Version.Version}}'],
];

checkNode();
installPackages();
build();
findSandbox();
checkSandboxOnce(HOME);
becomeHost();

/** An engine that answers, else bubblewrap, else the one command that installs it. */
function findSandbox() {
  const wanted = setting('SANDBOX') ?? 'auto';
  const engine = ENGINES.find(([name, ...answers]) => ['auto', name].includes(wanted) && runs(name, answers));
  if (engine !== undefined) return ensureImage(engine[0]);
  if (wanted !== 'auto' && wanted !== 'bubblewrap') return;
  if (runs('bwrap', ['--version'])) return;
  if (mayInstallPackages()) {
    say('no container engine answers: bubblewrap will be the sandbox');
    return installDebianPackages(['bubblewrap']);
  }
  say('no sandbox was found: no container engine answers, and bubblewrap is not installed');
  say(`run: ${installCommand(['bubblewrap'])}`);
  process.exit(1);
}

/** A container needs its image; building it once takes some minutes. */
function ensureImage(engine) {
  const image = setting('CONTAINER_IMAGE') ?? 'nanoclaw-agent:latest';
  if (runs(engine, ['image', 'inspect', image])) return;
  say(`the sandbox image ${image} is missing: building it, which takes some minutes the first time`);
  must(process.execPath, [join(ROOT, 'packages/host/bin/nanoclaw.mjs'), 'sandbox', 'build']);
}

/** The first run opens the page, so that there is a chat without a terminal. */
function becomeHost() {
  const isFirstRun = !existsSync(join(HOME, 'store', 'messages.db'));
  const args = [join(ROOT, 'packages/host/bin/nanoclaw.mjs'), 'start', ...(isFirstRun ? ['--page'] : [])];
  const host = spawn(process.execPath, [...args, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends ^C to both processes; the host decides what it means. Others reach the host through us.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => host.kill('SIGTERM'));
  host.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
}
