import type { Command } from 'commander';
import type { MountVerdict } from '../../access/mount-decision.ts';
import { mountAllowlistFile, openMountAllowlist } from '../../access/mount-rules-files.ts';
import { ownPlaces } from '../../config/own-places.ts';
import { judgeMounts } from '../../flows/extra-mounts.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import type { GroupAnswer } from '../control-answers.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

export function addMountsCommand(program: Command, context: CommandContext): void {
  program
    .command('mounts')
    .description('what sandboxes see of this machine')
    .command('check')
    .description('read the mount allowlist and tell what becomes of each wish; exit code 1 when one is refused')
    .option('--json', 'print a JSON object')
    .action((options: { json?: true }) => checkMounts(options, context));
}

async function checkMounts(options: { json?: true }, { deps, out, finish }: CommandContext): Promise<void> {
  const config = deps.config();
  const file = mountAllowlistFile(config.configHome);
  const allowlist = openMountAllowlist(file);
  const access = allowlist.current();
  const groups = await throughHostOrHome<readonly GroupAnswer[]>(deps, {
    host: (client) => client.groups(),
    home: ({ manage }) => manage.groups.list().map((group) => ({ ...group })),
  });
  const rules = { allowlist, ownPlaces: ownPlaces(config) };
  const verdicts = groups.flatMap(({ folder, isMain, mounts }) =>
    judgeMounts(rules, { isMain, mounts: mounts ?? [] }).map((verdict) => ({ folder, ...verdict })),
  );
  if (options.json) out.json({ file, ...access, mounts: verdicts });
  else {
    out.note('problem' in access ? `${file}: ${access.problem}` : file);
    if (verdicts.length === 0) out.note('no group wishes for a mount: see nanoclaw groups update --help');
    else out.print(formatTable([['FOLDER', 'PATH', 'INSIDE', 'ACCESS'], ...verdicts.map(row)]));
  }
  if (verdicts.some((verdict) => 'refused' in verdict)) finish(EXIT.failed);
}

function row(verdict: MountVerdict & { folder: string }): string[] {
  const cells =
    'mount' in verdict
      ? [verdict.mount.source, verdict.mount.target, verdict.note ?? verdict.mount.mode]
      : [pathOf(verdict.request), '-', `refused: ${verdict.refused}`];
  return [verdict.folder, ...cells].map(neutralise);
}

function pathOf(request: unknown): string {
  const { hostPath } = request as { hostPath?: unknown };
  return typeof hostPath === 'string' ? hostPath : JSON.stringify(request);
}
