import type { Command } from 'commander';
import { createRunProgram } from '../../background/run-program.ts';
import { lockHolder } from '../../config/lock-files.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { UpdatePlan } from '../../update/checkout.ts';
import { type UpdateDeps, type UpdateOutcome, update } from '../../update/update.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import { confirm } from '../confirm.ts';
import { installService } from '../install-service.ts';
import { controlClient, withOrWithoutHost } from '../reach-host.ts';

interface UpdateOptions {
  readonly to?: string;
  readonly yes?: true;
  readonly json?: true;
  readonly name: string;
}

/** Installing and building take minutes on a small machine. */
const LIMIT_MS = 30 * 60_000;

export function addUpdateCommand(program: Command, context: CommandContext): void {
  program
    .command('update')
    .description('bring the assistant to a newer version, tried out before it takes over; or go back and say why')
    .option('--to <revision>', 'a revision of git; without it, what the branch follows')
    .option('--name <name>', 'the service to start anew', 'nanoclaw')
    .option('--yes', 'do not ask')
    .option('--json', 'print a JSON object')
    .action((options: UpdateOptions) => runUpdate(options, context));
}

async function runUpdate(options: UpdateOptions, context: CommandContext): Promise<void> {
  const { out, finish } = context;
  const outcome = await update(await depsOf(options, context), options.to);
  if (options.json) out.json(outcome);
  else out.print(describe(outcome));
  if (outcome.kind === 'declined') finish(EXIT.failed);
}

async function depsOf({ yes, name }: UpdateOptions, context: CommandContext): Promise<UpdateDeps> {
  const { deps, out } = context;
  const config = deps.config();
  const { lock, backups } = deps.paths(config);
  const manager = await deps.serviceManager(config, 'auto');
  const service = await manager.status(name);
  const holder = lockHolder(lock);
  if (holder !== undefined && holder !== service.pid) {
    throw new NanoError('home-locked', `a NanoClaw that is no service (process ${holder}) runs: stop it first`);
  }
  const stamp = new Date(deps.now()).toISOString().replaceAll(/[:.]/g, '-');
  const request = { file: `${backups}/before-update-${stamp}.tar.gz`, withSecrets: false, force: false };
  return {
    root: deps.checkout,
    run: createRunProgram(deps.environment, LIMIT_MS),
    report: out.note,
    mayGoOn: async (plan) => {
      for (const line of announce(plan)) out.note(line);
      return yes === true || confirm(deps, 'update?', 'update');
    },
    async backup() {
      await withOrWithoutHost(deps, {
        running: async () => void (await (await controlClient(deps, config)).backup(request)),
        absent: async () => void (await deps.backup(config, request)),
      });
      return request.file;
    },
    tryOut: (stage, file) => deps.tryOut(config, { stage, backup: file }),
    restore: async (file) => void (await deps.restore(config, { file, isCheck: false, force: true })),
    restart: service.isInstalled
      ? async () => (await installService(deps, { name, manager: 'auto' }, out.note)).isReady
      : undefined,
  };
}

function announce({ target, news }: UpdatePlan): string[] {
  return [`${target} brings ${news.length} changes:`, ...news.map((subject) => `  ${subject}`)];
}

function describe(outcome: UpdateOutcome): string {
  if (outcome.kind !== 'updated') return outcome.kind === 'current' ? 'there is nothing newer' : 'nothing has changed';
  return `updated to ${outcome.to.slice(0, 12)}; the backup of before is ${outcome.backup}`;
}
