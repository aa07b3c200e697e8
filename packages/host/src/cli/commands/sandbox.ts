import { type Command, Option } from 'commander';
import { NanoError } from '../../kernel/errors.ts';
import type { BuildRequest } from '../cli-deps.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import type { SandboxAnswer } from '../control-answers.ts';
import { formatInstant } from '../local-time.ts';
import { controlClient } from '../reach-host.ts';
import { watchStopSignals } from '../stop-signals.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

interface BuildOptions {
  readonly browser: boolean;
  readonly base: BuildRequest['base'];
}

export function addSandboxCommand(program: Command, context: CommandContext): void {
  const sandbox = program
    .command('sandbox')
    .description('build the image of the sandboxes, check them, list and stop live ones');
  const base = new Option('--base <kind>', 'what to build on: a registry image, Debian packages, or what can be had')
    .choices(['auto', 'registry', 'debian'])
    .default('auto');
  sandbox
    .command('build')
    .description('build the container image; takes some minutes the first time')
    .option('--no-browser', 'leave the browser out: a smaller image')
    .addOption(base)
    .action((options: BuildOptions) => buildImage(options, context));
  sandbox
    .command('check')
    .description('try from inside a real sandbox what a hostile agent would try; exit code 1 when something succeeds')
    .option('--json', 'print a JSON object')
    .action((options: { json?: true }) => checkSandbox(options, context));
  sandbox
    .command('list')
    .description('list live sandboxes of this installation')
    .option('--json', 'print a JSON array')
    .action((options: { json?: true }) => listSandboxes(options, context));
  sandbox
    .command('stop')
    .description('end a live sandbox at once')
    .argument('<name>', 'its name as listed')
    .action((name: string) => stopSandbox(name, context));
}

async function buildImage({ browser, base }: BuildOptions, { deps, out, finish }: CommandContext): Promise<void> {
  const config = deps.config();
  const stops = watchStopSignals(deps);
  const startedAt = deps.now();
  const report = (line: string): void => {
    const seconds = Math.round((deps.now() - startedAt) / 1_000);
    out.note(`[${String(seconds).padStart(4)} s] ${line}`);
  };
  try {
    const { image, build } = await deps.buildImage(config, { browser, base, report, signal: stops.first });
    out.print(`built ${image} (${build})`);
  } catch (error) {
    if (!stops.first.aborted) throw error;
    out.note('nanoclaw: the build was stopped; what is finished of it is kept for the next one');
    finish(EXIT.interrupted);
  } finally {
    stops.end();
  }
}

async function checkSandbox(options: { json?: true }, { deps, out, finish }: CommandContext): Promise<void> {
  const { driver, results } = await deps.checkSandbox(deps.config(), out.note);
  const failed = results.filter(({ ok }) => !ok);
  if (options.json) out.json({ driver, ok: failed.length === 0, results });
  else {
    const rows = results.map(({ ok, what, found }) => [ok ? 'ok' : 'FAILED', what, found ?? ''].map(neutralise));
    out.print(formatTable([['', `${driver}: ${results.length} checks`, 'FOUND'], ...rows]));
    out.note(failed.length === 0 ? 'the sandbox holds' : `${failed.length} of ${results.length} checks failed`);
  }
  if (failed.length > 0) finish(EXIT.failed);
}

async function listSandboxes(options: { json?: true }, { deps, out }: CommandContext): Promise<void> {
  const config = deps.config();
  const sandboxes = await throughHostOrDriver<readonly SandboxAnswer[]>({
    host: async () => (await controlClient(deps, config)).sandboxes(),
    driver: async () => (await (await deps.driver(config)).list()).map((info) => ({ ...info })),
  });
  if (options.json) return out.json(sandboxes);
  if (sandboxes.length === 0) return out.note('no sandbox is live');
  const rows = sandboxes.map(({ name, groupFolder, runId, startedAtMs }) => {
    const since = startedAtMs === undefined ? 'unknown' : formatInstant(startedAtMs, config.timezone);
    return [name, groupFolder, runId, since].map(neutralise);
  });
  out.print(formatTable([['NAME', 'GROUP', 'RUN', 'SINCE'], ...rows]));
}

async function stopSandbox(name: string, { deps, out }: CommandContext): Promise<void> {
  const config = deps.config();
  await throughHostOrDriver<unknown>({
    host: async () => (await controlClient(deps, config)).stopSandbox(name),
    async driver() {
      const isStopped = await (await deps.driver(config)).stop(name);
      if (!isStopped) throw new NanoError('not-found', `there is no live sandbox ${name}: see nanoclaw sandbox list`);
    },
  });
  out.print(`stopped ${name}`);
}

/** The host knows its sandboxes best; without one the driver finds what may be left. */
async function throughHostOrDriver<T>(ways: { host: () => Promise<T>; driver: () => Promise<T> }): Promise<T> {
  try {
    return await ways.host();
  } catch (error) {
    if (!(error instanceof NanoError && error.code === 'host-not-running')) throw error;
    return ways.driver();
  }
}
