import { Command, CommanderError } from 'commander';
import { describeError, NanoError } from '../kernel/errors.ts';
import type { CliDeps } from './cli-deps.ts';
import { type AddCommand, EXIT } from './command-context.ts';
import { addApprovalsCommand } from './commands/approvals.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addChatCommand } from './commands/chat.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addGroupsCommand } from './commands/groups.ts';
import { addLinkCommand } from './commands/link.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addMessagesCommand } from './commands/messages.ts';
import { addMountsCommand } from './commands/mounts.ts';
import { addPairCommand } from './commands/pair.ts';
import { addSandboxCommand } from './commands/sandbox.ts';
import { addSearchCommand } from './commands/search.ts';
import { addSendersCommand } from './commands/senders.ts';
import { addServiceCommand } from './commands/service.ts';
import { addServicesCommand } from './commands/services.ts';
import { addSetupCommand } from './commands/setup.ts';
import { addSkillsCommand } from './commands/skills.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTasksCommand } from './commands/tasks.ts';
import { addUpdateCommand } from './commands/update.ts';
import { addUsageCommand } from './commands/usage.ts';
import { addWebCommand } from './commands/web.ts';
import { createOutput, type Output } from './output.ts';

const COMMANDS: readonly AddCommand[] = [
  addStartCommand,
  addChatCommand,
  addStatusCommand,
  addGroupsCommand,
  addTasksCommand,
  addMessagesCommand,
  addSearchCommand,
  addUsageCommand,
  addLogsCommand,
  addMountsCommand,
  addServicesCommand,
  addApprovalsCommand,
  addSendersCommand,
  addLinkCommand,
  addWebCommand,
  addPairCommand,
  addSandboxCommand,
  addSetupCommand,
  addServiceCommand,
  addSkillsCommand,
  addDoctorCommand,
  addBackupCommands,
  addUpdateCommand,
];

/**
 * Runs one command line, without the program's name. Returns the exit code: 0 done, 1 failed, 2 wrong usage,
 * 130 stopped by a signal. Never rejects and never ends the process.
 */
export async function runCli(argv: string[], deps: CliDeps): Promise<number> {
  const out = createOutput(deps);
  let code: number = EXIT.done;
  const program = createProgram(deps, out);
  const finish = (chosen: number): void => {
    code = chosen;
  };
  for (const add of COMMANDS) add(program, { deps, out, finish });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    code = reportError(error, out);
  }
  await out.end();
  return code;
}

function createProgram({ version, stdout, stderr }: CliDeps, out: Output): Command {
  return new Command('nanoclaw')
    .description('A self-hosted personal assistant: your chats, one sandbox per chat.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(nanoclaw --help lists the commands; --help after a command explains it)')
    .configureOutput({
      writeOut: (text) => out.print(text.trimEnd()),
      writeErr: (text) => out.note(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'nanoclaw: ')),
      getOutHelpWidth: () => stdout.columns || 100,
      getErrHelpWidth: () => stderr.columns || 100,
    })
    .addHelpText('after', HELP);
}

const HELP = `
Examples:
  nanoclaw start
  nanoclaw chat "what is in your folder?"
  nanoclaw groups list --json

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

/** One sentence for whoever typed the command, and the exit code that goes with it. */
function reportError(error: unknown, out: Output): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof NanoError) {
    out.note(`nanoclaw: ${error.code === 'host-not-running' ? error.message : describeError(error)}`);
    return error.code === 'usage' ? EXIT.usage : EXIT.failed;
  }
  out.note(`nanoclaw: ${describeError(error)}; LOG_LEVEL=debug makes data/logs tell more`);
  return EXIT.failed;
}
