import type { Command } from 'commander';
import type { HostView } from '../../doctor/check.ts';
import type { Diagnosis } from '../../doctor/examine.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

interface DoctorOptions {
  readonly fix?: true;
  readonly json?: true;
  readonly offline?: true;
}

export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('look at everything that may be wrong and tell how to mend it; exit code 1 when something is')
    .option('--fix', 'mend what can be mended without losing anything')
    .option('--offline', 'ask neither the model service nor the chat platforms')
    .option('--json', 'print a JSON object')
    .action((options: DoctorOptions) => runDoctor(options, context));
}

async function runDoctor(options: DoctorOptions, { deps, out, finish }: CommandContext): Promise<void> {
  const diagnoses = await deps.doctor({
    isOffline: options.offline === true,
    fix: options.fix === true,
    askHost,
    onDone: (done) => {
      if (!options.json) out.print(formatTable(done.map(row).map((cells) => cells.map(neutralise))));
    },
  });
  const open = diagnoses.filter(({ level, isMended }) => level === 'problem' && !isMended);
  if (options.json) {
    const findings = diagnoses.map(({ repair, ...told }) => ({ ...told, canBeMended: repair !== undefined }));
    out.json({ ok: open.length === 0, findings });
  } else out.note(summary(open, options.fix === true));
  if (open.length > 0) finish(EXIT.failed);
}

const MARKS = { ok: 'ok', note: 'note', problem: 'WRONG', skipped: '-' } as const;

/** The first two columns have fixed widths: the rows come one check at a time. */
function row({ check, level, found, fix, isMended }: Diagnosis): string[] {
  const mark = isMended ? 'MENDED' : MARKS[level];
  const advice = fix === undefined || isMended ? '' : `\n→ ${fix}`;
  return [mark.padEnd(6), check.padEnd(20), `${found}${advice}`];
}

function summary(open: readonly Diagnosis[], isFixed: boolean): string {
  if (open.length === 0) return 'nothing is wrong';
  const mendable = open.filter(({ repair }) => repair !== undefined).length;
  const hint = mendable > 0 && !isFixed ? `; nanoclaw doctor --fix mends ${mendable} of them` : '';
  return `${open.length === 1 ? 'one thing is' : `${open.length} things are`} wrong${hint}`;
}

/** What the host at this socket tells of itself; undefined when none answers. */
async function askHost(controlSocket: string): Promise<HostView | undefined> {
  const { createControlClient } = await import('../control-client.ts');
  return createControlClient(controlSocket)
    .status()
    .catch(() => undefined);
}
