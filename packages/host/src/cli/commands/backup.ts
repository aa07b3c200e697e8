import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { RestoredHome } from '../../flows/archive-manifest.ts';
import type { CommandContext } from '../command-context.ts';
import type { ArchiveAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { controlClient, withOrWithoutHost } from '../reach-host.ts';

interface BackupOptions {
  readonly withSecrets?: true;
  readonly force?: true;
  readonly passphraseFile?: string;
  readonly json?: true;
}

interface RestoreOptions {
  readonly check?: true;
  readonly force?: true;
  readonly passphraseFile?: string;
  readonly json?: true;
}

export function addBackupCommands(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .description('put database, group folders and sessions into one file; also while the host runs')
    .argument('<file>', 'the archive to make, such as nanoclaw.tar.gz')
    .option('--with-secrets', 'also .env and what logs channels in: keep the file as safe as those')
    .option('--passphrase-file <file>', 'seal it with the passphrase in this file (chmod 600)')
    .option('--force', 'replace a file that is there')
    .option('--json', 'print a JSON object')
    .action((file: string, options: BackupOptions) => runBackup(file, options, context));
  program
    .command('restore')
    .description('put an archive, or a copy from backups/, in place; what is there is put aside')
    .argument('<file>', 'the archive or the copy')
    .option('--check', 'only read it and check everything in it')
    .option('--passphrase-file <file>', 'the passphrase that it was sealed with')
    .option('--force', 'also when the home is in use')
    .option('--json', 'print a JSON object')
    .action((file: string, options: RestoreOptions) => runRestore(file, options, context));
}

async function runBackup(name: string, options: BackupOptions, { deps, out }: CommandContext): Promise<void> {
  const config = deps.config();
  const { withSecrets = false, force = false } = options;
  const request = { file: resolve(name), withSecrets, force, ...sealing(options) };
  const made: ArchiveAnswer = await withOrWithoutHost<ArchiveAnswer>(deps, {
    running: async () => (await controlClient(deps, config)).backup(request),
    absent: async () => ({ ...(await deps.backup(config, request)) }),
  });
  if (options.json) return out.json(made);
  const size = `${(made.bytes / 2 ** 20).toFixed(1)} MiB`;
  out.print(`backed up ${made.messages} messages and ${made.files} files into ${made.file} (${size})`);
  if (made.isSealed) out.note('it is sealed: without the passphrase nobody can read it, you neither');
  else if (made.hasSecrets) out.note('it holds your keys: keep it where nobody else can read it');
}

function sealing({ passphraseFile }: { readonly passphraseFile?: string }): { passphraseFile?: string } {
  return passphraseFile === undefined ? {} : { passphraseFile: resolve(passphraseFile) };
}

async function runRestore(name: string, options: RestoreOptions, { deps, out }: CommandContext): Promise<void> {
  const config = deps.config();
  const { check = false, force = false } = options;
  const done = await deps.restore(config, { file: resolve(name), isCheck: check, force, ...sealing(options) });
  if (options.json) return out.json(done);
  out.print(describeRestored(done, check, config.timezone));
}

function describeRestored(done: RestoredHome, isCheck: boolean, timezone: string): string {
  const { madeAt, version, counts, parts, aside, home } = done;
  const from =
    madeAt === null ? 'a copy of the database' : `the backup of ${localTime(madeAt, timezone)}, version ${version}`;
  const what =
    counts === null ? parts.join(', ') : `${counts.messages} messages, ${counts.groups} groups (${parts.join(', ')})`;
  if (isCheck) return `${from} is whole: ${what}`;
  return [
    `restored ${from} into ${home}: ${what}`,
    ...(aside === null ? [] : [`what was there before is in ${aside}`]),
  ].join('\n');
}
