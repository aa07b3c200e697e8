import type { Command } from 'commander';
import { systemClock } from '../../kernel/clock.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { CommandContext } from '../command-context.ts';
import type { LinkAnswer } from '../control-answers.ts';
import type { ControlClient } from '../control-client.ts';
import { controlClient } from '../reach-host.ts';

/** How often the host is asked how far it is, in milliseconds. */
const LOOK_MS = 500;

export function addLinkCommand(program: Command, { deps, out }: CommandContext): void {
  program
    .command('link')
    .description('link a channel of the running host to your phone, with a QR code or, with --phone, a code to type')
    .argument('<channel>', 'whatsapp')
    .option('--phone <number>', 'the number of the phone that is to be linked, with country code')
    .action(async (channel: string, { phone }: { phone?: string }) => {
      const client = await controlClient(deps, deps.config());
      const wish = phone === undefined ? {} : { phoneNumber: phone.replaceAll(/[^0-9]/g, '') };
      const { number } = await followLinking(
        client,
        { channel, first: await client.link(channel, wish) },
        {
          show: (text) => out.note(text),
          sleep: (ms) => systemClock.sleep(ms, out.closed),
        },
      );
      out.print(`${channel} is linked to +${number}`);
    });
}

/** Shows each code once, until the phone has taken one. Throws when nobody has. */
export async function followLinking(
  client: Pick<ControlClient, 'linking'>,
  { channel, first }: { channel: string; first: LinkAnswer },
  { show, sleep }: { show: (text: string) => void; sleep: (ms: number) => Promise<void> },
): Promise<LinkAnswer> {
  let answer = first;
  let shown: string | undefined;
  while (answer.phase !== 'linked') {
    if (answer.phase === 'not-linked' && answer.problem !== undefined) {
      throw new NanoError('host-refused', answer.problem);
    }
    const words = wordsFor(answer);
    if (words !== undefined && words !== shown) show(words);
    shown = words ?? shown;
    await sleep(LOOK_MS);
    answer = await client.linking(channel);
  }
  return answer;
}

function wordsFor({ text, code }: LinkAnswer): string | undefined {
  const where = 'On the phone open WhatsApp, Settings, Linked devices, Link a device';
  if (text !== undefined) return `${where}, and point it at this:\n\n${text}\n`;
  if (code === undefined) return undefined;
  return `${where}, then "Link with phone number instead", and type: ${code.slice(0, 4)}-${code.slice(4)}`;
}
