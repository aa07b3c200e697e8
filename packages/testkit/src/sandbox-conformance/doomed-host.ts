// A host process of its own that starts one sandbox and never ends by itself: the orphan check kills it.
import { pathToFileURL } from 'node:url';
import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import type { SandboxSpec } from '@nanoclaw/host/sandboxes/spec.js';
import { openProbe } from '../probe-session.ts';

const [driverModule = '', task = ''] = process.argv.slice(2);
const { spec, seconds } = JSON.parse(task) as { spec: SandboxSpec; seconds: string };
const module = (await import(pathToFileURL(driverModule).href)) as {
  createDriver(installation: string): SandboxDriver;
};
const sandbox = module.createDriver(spec.installation).start(spec);
sandbox.stderr.pipe(process.stderr);
const probe = openProbe(sandbox);
await probe.value('persist');
await probe.value('linger', { seconds });
setInterval(() => undefined, 60_000);
