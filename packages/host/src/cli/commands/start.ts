import { type Command, Option } from 'commander';
import type { RunningHost } from '../cli-deps.ts';
import { aborted, type CommandContext, EXIT } from '../command-context.ts';
import { controlClient } from '../reach-host.ts';
import { endHost, type StopSignals, startUnlessStopped, watchStopSignals } from '../stop-signals.ts';
import { runTerminalChat } from '../terminal-chat.ts';

interface StartOptions {
  readonly page?: true;
  readonly chat: boolean;
  readonly log?: 'file' | 'stderr';
}

export function addStartCommand(program: Command, context: CommandContext): void {
  program
    .command('start')
    .description('run the assistant in this terminal until ^C, with a chat when there is a terminal')
    .option('--page', 'also open the web page and print its one-time address')
    .option('--no-chat', 'no chat in this terminal: show the log')
    .addOption(
      new Option('--log <where>', 'where the log goes: to its file alone, or to standard error too').choices([
        'file',
        'stderr',
      ]),
    )
    .addHelpText('after', '\n^C, /quit or ^D ends it after what is under way is finished; ^C again ends it at once.')
    .action((options: StartOptions) => runStart(options, context));
}

async function runStart(options: StartOptions, context: CommandContext): Promise<void> {
  const { deps, out } = context;
  const config = deps.config();
  const hasChat = options.chat && Boolean(deps.stdin.isTTY && deps.stdout.isTTY);
  const stops = watchStopSignals(deps);
  try {
    const logTo = hasChat ? 'file' : (options.log ?? 'stderr');
    const starting = deps.startHost(config, { report: out.note, logTo, signal: stops.first });
    const host = await startUnlessStopped(starting, stops);
    if (host === undefined) return context.finish(EXIT.interrupted);
    try {
      if (!stops.first.aborted) await announce(host, options, context);
      await deps.notifier.ready();
      if (hasChat) await chatInside(host, stops, context);
      else await aborted(stops.first);
    } finally {
      await deps.notifier.stopping();
      context.finish(await endHost(host, stops, out));
    }
  } finally {
    stops.end();
  }
}

async function announce(host: RunningHost, options: StartOptions, { out }: CommandContext): Promise<void> {
  const { assistantName, model, sandbox } = host.about;
  out.print(`${assistantName} is ready (${model}; sandbox: ${sandbox})`);
  if (options.page || host.hasPage()) out.print(`page: ${await host.openPage()}`);
}

async function chatInside(host: RunningHost, stops: StopSignals, { deps, out }: CommandContext): Promise<void> {
  await runTerminalChat({
    client: await controlClient(deps, deps.config()),
    jid: 'local:main',
    assistantName: host.about.assistantName,
    terminal: deps,
    sleep: deps.sleep,
    signal: AbortSignal.any([stops.first, out.closed]),
  });
  // Leaving the chat is the first request to stop; from here on ^C reaches the process as a signal again.
  if (!stops.first.aborted) stops.press();
}
