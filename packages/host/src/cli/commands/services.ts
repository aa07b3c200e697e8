import type { Command } from 'commander';
import { openServiceList, servicesFile } from '../../access/service-rules-files.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

export function addServicesCommand(program: Command, context: CommandContext): void {
  program
    .command('services')
    .description('services that agents use with your credentials')
    .command('check')
    .description('read the file of services and list them, without the credentials; exit code 1 when it cannot be used')
    .option('--json', 'print a JSON object')
    .action((options: { json?: true }) => checkServices(options, context));
}

function checkServices(options: { json?: true }, { deps, out, finish }: CommandContext): void {
  const file = servicesFile(deps.config().configHome);
  const access = openServiceList(file).current();
  const services = 'problem' in access ? [] : access.rules.services.map(({ value: _, ...shown }) => shown);
  if (options.json) out.json({ file, ...('problem' in access ? access : {}), services });
  else {
    out.note('problem' in access ? `${file}: ${access.problem}` : file);
    const rows = services.map(({ name, host, paths, methods, header, groups }) =>
      [name, paths.map((path) => `http://${host}${path}`).join(' '), methods.join(' '), header, groups.join(' ')].map(
        neutralise,
      ),
    );
    if (rows.length > 0) out.print(formatTable([['NAME', 'ADDRESSES', 'METHODS', 'HEADER', 'GROUPS'], ...rows]));
    else if (!('problem' in access)) out.note('there are no services: see docs/services.md');
  }
  if ('problem' in access) finish(EXIT.failed);
}
