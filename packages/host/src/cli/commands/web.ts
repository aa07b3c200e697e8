import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { controlClient } from '../reach-host.ts';

export function addWebCommand(program: Command, { deps, out }: CommandContext): void {
  program
    .command('web')
    .description('open the web page of the running host on this machine and print its one-time address')
    .action(async () => {
      const { url } = await (await controlClient(deps, deps.config())).openPage();
      out.print(url);
    });
}
