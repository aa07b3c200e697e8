import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { controlClient } from '../reach-host.ts';

export function addPairCommand(program: Command, { deps, out }: CommandContext): void {
  program
    .command('pair')
    .description('print a code; the private chat in which you send it to your assistant becomes the main one')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: true }) => {
      const client = await controlClient(deps, deps.config());
      const { code, expiresAt } = await client.openPairing();
      if (options.json) return out.json({ code, expiresAt: new Date(expiresAt).toISOString() });
      const { channels } = await client.status();
      const apps = channels.filter(({ name, isConnected }) => isConnected && name !== 'local').map(({ name }) => name);
      const where =
        apps.length === 0 ? 'once a chat app is connected (see nanoclaw status)' : `on ${apps.join(' or ')}`;
      const minutes = Math.max(1, Math.round((expiresAt - deps.now()) / 60_000));
      out.print(code);
      out.note(`Send it to your assistant in a private chat, ${where}, within ${minutes} minutes. It works once.`);
    });
}
