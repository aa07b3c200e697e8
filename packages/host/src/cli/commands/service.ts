import { type Command, Option } from 'commander';
import type { WantedManager } from '../../background/choose-manager.ts';
import type { ServiceState } from '../../background/service-manager.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import { installService } from '../install-service.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

export interface ServiceOptions {
  readonly name: string;
  readonly manager: WantedManager;
  readonly json?: true;
}

type Action = (options: ServiceOptions, context: CommandContext) => Promise<void>;

const WORDS = [
  ['install', 'start it now, and whenever this machine starts; again to start it anew', install],
  ['uninstall', 'stop it and remove what install has written; the home stays', uninstall],
  ['status', 'tell whether it is installed and runs; exit code 1 when it does not run', status],
  ['print', 'print the unit, the property list or the command line, and write nothing', print],
] as const satisfies readonly (readonly [string, string, Action])[];

export function addServiceCommand(program: Command, context: CommandContext): void {
  const service = program
    .command('service')
    .description('keep the assistant running: systemd, launchd, or a process in the background');
  for (const [word, description, act] of WORDS) {
    const command = service
      .command(word)
      .description(description)
      .option('--name <name>', 'which of several installations on this machine', 'nanoclaw')
      .addOption(
        new Option('--manager <kind>', 'who keeps it running; auto takes what answers')
          .choices(['auto', 'systemd', 'launchd', 'plain'])
          .default('auto'),
      );
    if (word !== 'print') command.option('--json', 'print a JSON object');
    command.action((options: ServiceOptions) => act(options, context));
  }
}

async function install({ name, manager, json }: ServiceOptions, { deps, out, finish }: CommandContext): Promise<void> {
  const done = await installService(deps, { name, manager }, out.note);
  if (json) out.json(done);
  else if (done.isReady) out.print(`the assistant is ready (${done.manager})`);
  else {
    out.note('nanoclaw: it is installed, but not ready yet: nanoclaw logs and nanoclaw service status tell more');
    finish(EXIT.failed);
  }
}

async function uninstall(options: ServiceOptions, { deps, out }: CommandContext): Promise<void> {
  const manager = await deps.serviceManager(deps.config(), options.manager);
  const isRemoved = await manager.uninstall(options.name);
  if (options.json) return out.json({ manager: manager.kind, isRemoved });
  out.print(isRemoved ? 'the service is stopped and removed; the home stays' : 'no service is installed');
}

async function status(options: ServiceOptions, { deps, out, finish }: CommandContext): Promise<void> {
  const manager = await deps.serviceManager(deps.config(), options.manager);
  const state = await manager.status(options.name);
  if (options.json) out.json({ manager: manager.kind, ...state });
  else if (state.isInstalled) out.print(describe(manager.detail, state));
  else out.print('no service is installed: nanoclaw service install does it');
  if (!state.isRunning) finish(EXIT.failed);
}

async function print(options: ServiceOptions, { deps, out }: CommandContext): Promise<void> {
  const config = deps.config();
  const manager = await deps.serviceManager(config, options.manager);
  out.print(manager.print(deps.servicePlan(config, options.name)).trimEnd());
}

function describe(detail: string, state: ServiceState): string {
  const rows = [
    ['manager', detail],
    ['file', state.file],
    ['running', state.isRunning ? `yes${state.pid === undefined ? '' : `, process ${state.pid}`}` : 'no'],
    ['at boot', state.startsAtBoot ? 'started' : 'not started'],
    ...(state.home === undefined ? [] : [['home', state.home]]),
    ...(state.facts.length === 0 ? [] : [['state', state.facts.join('\n')]]),
  ];
  return formatTable(rows.map((row) => row.map(neutralise)));
}
