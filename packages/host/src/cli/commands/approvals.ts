import type { Command } from 'commander';
import { z } from 'zod';
import type { Approval, Decision } from '../../access/approval.ts';
import { decideApproval, forgetApproval, listApprovals } from '../../flows/approvals.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { CommandContext } from '../command-context.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

interface JsonOption {
  readonly json?: true;
}

/** What is shown of an approval, of this process or of a host of another version. */
type Shown = { readonly [Name in 'id' | 'askedAt' | 'decidedBy' | 'isAlways' | 'wish']: Approval[Name] } & {
  readonly state: string;
};

/** Who has decided, for the record. */
const BY = 'the owner at the command line';

export function addApprovalsCommand(program: Command, context: CommandContext): void {
  const approvals = program.command('approvals').description('what agents ask you for');
  approvals
    .command('list', { isDefault: true })
    .description('what waits for your word, what is allowed from now on, and what is over')
    .option('--json', 'print a JSON object')
    .action((options: JsonOption) => listAll(options, context));
  const decide = (name: string, about: string, decisionOf: (options: { always?: true }) => Decision): Command =>
    approvals
      .command(name)
      .description(about)
      .argument('<number>', 'as approvals list shows it')
      .option('--json', 'print a JSON object')
      .action((id: string, options: JsonOption & { always?: true }) =>
        runDecision(id, { ...options, decision: decisionOf(options) }, context),
      );
  decide('allow', 'allow what is asked for', ({ always }) => (always ? 'always' : 'yes')).option(
    '--always',
    'from now on, and not only once',
  );
  decide('refuse', 'refuse what is asked for', () => 'no');
  approvals
    .command('forget')
    .description('end what was allowed from then on; the next time it is asked again')
    .argument('<number>', 'as approvals list shows it')
    .option('--json', 'print a JSON object')
    .action((id: string, options: JsonOption) => runForget(id, options, context));
}

async function listAll(options: JsonOption, { deps, out }: CommandContext): Promise<void> {
  const found = await throughHostOrHome<Record<'waiting' | 'always' | 'past', readonly Shown[]>>(deps, {
    host: (client) => client.approvals(),
    home: ({ asked }) => listApprovals(asked),
  });
  if (options.json) return out.json(found);
  const all = [...found.waiting, ...found.always, ...found.past];
  if (all.length === 0) return out.note('nothing was asked for yet: see docs/approvals.md');
  const zone = deps.config().timezone;
  const rows = all.map((approval) => [
    String(approval.id),
    stateOf(approval),
    localTime(new Date(approval.askedAt).toISOString(), zone),
    approval.decidedBy ?? '',
    approval.wish,
  ]);
  out.print(formatTable([['NUMBER', 'STATE', 'ASKED', 'BY', 'WISH'], ...rows.map((row) => row.map(neutralise))]));
}

async function runDecision(
  id: string,
  options: JsonOption & { decision: Decision },
  { deps, out }: CommandContext,
): Promise<void> {
  const { decision } = options;
  const number = numberOf(id);
  const decided = await throughHostOrHome<Shown>(deps, {
    host: (client) => client.decideApproval(number, decision),
    home: ({ asked }) => decideApproval(asked, number, { decision, by: BY }),
  });
  if (options.json) return out.json(decided);
  out.print(`approval ${decided.id} is ${stateOf(decided)}: ${neutralise(decided.wish)}`);
}

async function runForget(id: string, options: JsonOption, { deps, out }: CommandContext): Promise<void> {
  const number = numberOf(id);
  const forgotten = await throughHostOrHome<Shown>(deps, {
    host: (client) => client.forgetApproval(number),
    home: ({ asked }) => forgetApproval(asked, number, BY),
  });
  if (options.json) return out.json(forgotten);
  out.print(`approval ${forgotten.id} is forgotten: it is asked again the next time`);
}

function numberOf(text: string): number {
  const number = z.coerce.number().int().positive().safeParse(text).data;
  if (number === undefined) throw new NanoError('usage', `${neutralise(text)} is no number of an approval`);
  return number;
}

function stateOf({ state, isAlways }: Shown): string {
  return state === 'allowed' ? `allowed ${isAlways ? 'from now on' : 'once'}` : state;
}
