import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { WantedManager } from '../../background/choose-manager.ts';
import { parseEnvText } from '../../config/env-files.ts';
import { NanoError } from '../../kernel/errors.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import type { Asker } from '../setup/asker.ts';
import type { StepEnd } from '../setup/run-setup.ts';
import type { SetupContext } from '../setup/step.ts';
import { watchStopSignals } from '../stop-signals.ts';

interface SetupOptions {
  readonly yes?: true;
  readonly from?: string;
  readonly channel?: string;
  readonly skip: string[];
  readonly mount: string[];
  readonly manager: WantedManager;
  readonly json?: true;
}

const gather = (value: string, all: string[]): string[] => [...all, value];

export function addSetupCommand(program: Command, context: CommandContext): void {
  program
    .command('setup')
    .description('make a new installation work, step by step; a step that is done is not asked again')
    .argument(
      '[what]',
      'one step, or one chat app: sandbox, model, name, timezone, channel, main, mounts, service, telegram …',
    )
    .option('--yes', 'ask nothing: take what is usual, and values from the environment and --from')
    .option('--from <file>', 'values as NAME=value lines, for --yes; "-" reads standard input')
    .option('--channel <name>', 'the chat app to connect, for --yes; none for none')
    .option('--skip <step>', 'leave a step out; may be repeated', gather, [])
    .option('--mount <folder>', 'a folder that agents may be shown; may be repeated', gather, [])
    .addOption(
      new Option('--manager <kind>', 'who keeps it running')
        .choices(['auto', 'systemd', 'launchd', 'plain'])
        .default('auto'),
    )
    .option('--json', 'with --yes: print one JSON object a line, one for each step')
    .addHelpText('after', HELP)
    .action((what: string | undefined, options: SetupOptions) => setUp(what, options, context));
}

const HELP = `
Secrets are never given as arguments: put them into the environment or into the file of --from.
^C leaves at any time; what was done until then stays.`;

async function setUp(what: string | undefined, options: SetupOptions, context: CommandContext): Promise<void> {
  const { deps, out, finish } = context;
  // Loaded when somebody sets something up, as the library of its questions is.
  const { planSetup, runSetup } = await import('../setup/run-setup.ts');
  const { SetupCancelled } = await import('../setup/asker.ts');
  const channel = options.channel ?? (what !== undefined && deps.channels.names.includes(what) ? what : undefined);
  const plan = planSetup(what, options.skip, deps.channels.names);
  if (channel !== undefined && channel !== 'none' && !deps.channels.names.includes(channel)) {
    throw new NanoError('usage', `there is no chat app ${channel}: there are ${deps.channels.names.join(', ')}`);
  }
  const stops = watchStopSignals(deps);
  try {
    const ask = await createAsker(options, context, stops.first);
    const line = (facts: object): void => {
      if (options.json) out.print(JSON.stringify(facts));
    };
    const onStep = (step: string, end: StepEnd, detail: string): void => line({ step, end, detail });
    const { mount: mounts, manager } = options;
    const setup: SetupContext = { deps, ask, signal: stops.first, channel, mounts, manager, tell: line };
    const isDone = await runSetup(setup, plan, onStep);
    if (!isDone) return finish(EXIT.failed);
    if (!options.json) out.note('set up; nanoclaw doctor looks at it again at any time');
  } catch (error) {
    if (!(error instanceof SetupCancelled)) throw error;
    out.note('nanoclaw: left; what was done stays, and nanoclaw setup goes on from here');
    finish(EXIT.interrupted);
  } finally {
    stops.end();
  }
}

async function createAsker(options: SetupOptions, { deps, out }: CommandContext, signal: AbortSignal): Promise<Asker> {
  if (!options.yes) {
    if (options.json || options.from !== undefined) throw new NanoError('usage', '--json and --from go with --yes');
    if (!deps.stdin.isTTY || !deps.stdout.isTTY) {
      throw new NanoError('usage', 'there is no terminal to ask on: give --yes, and values with --from');
    }
    const { createClackAsker } = await import('../setup/clack-asker.ts');
    return createClackAsker(deps, signal);
  }
  const { createGivenAsker } = await import('../setup/given-asker.ts');
  const given = options.from === undefined ? {} : parseEnvText(await readGiven(options.from, deps.stdin));
  const channel = options.channel === undefined ? {} : { CHANNEL: options.channel };
  return createGivenAsker({ ...deps.environment, ...given, ...channel }, out.note);
}

async function readGiven(from: string, stdin: NodeJS.ReadStream): Promise<string> {
  if (from === '-') return readAll(stdin);
  try {
    return readFileSync(from, 'utf8');
  } catch (cause) {
    throw new NanoError('usage', `cannot read ${from}`, { cause });
  }
}
