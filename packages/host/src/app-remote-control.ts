import { dirname } from 'node:path';
import type { Base } from './app-base.ts';
import type { Approvals } from './flows/approvals.ts';
import { createRemoteControl, type RemoteControl } from './flows/remote-control.ts';
import { remoteControlFiles } from './flows/remote-control-files.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { type Clock, startLoop } from './kernel/clock.ts';
import { describeError } from './kernel/errors.ts';
import type { ChatJid } from './messages/message.ts';

/** How often it is looked whether the program has printed too much, in milliseconds. */
const TRIM_MS = 60_000;

/** Remote control, which begins when main has confirmed it. */
export function openRemoteControl(
  { config, paths, stores, lifecycle, log }: Pick<Base, 'config' | 'paths' | 'stores' | 'lifecycle' | 'log'>,
  { asked, clock, onOutgoing }: { asked: Approvals; clock: Clock; onOutgoing: (chatJid: ChatJid) => void },
): RemoteControl {
  const { REMOTE_CONTROL_COMMAND: command, REMOTE_CONTROL_ENDS_WITH_HOST: endsWithHost } = config.variables;
  const files = remoteControlFiles(dirname(paths.lock));
  const remote = createRemoteControl({ files, command, directory: CHECKOUT, record: stores.record, clock, log });
  asked.carriers.set('remote-control', (approval) => {
    const main = stores.groups.main();
    if (main === undefined) return 'There is no main chat.';
    const by = { startedBy: approval.decidedBy ?? '', startedInChat: main.jid };
    void remote.start(by).then((text) => {
      stores.outbox.add({ chatJid: main.jid, text, origin: 'notice', now: clock.now() });
      onOutgoing(main.jid);
    });
    return 'I start it.';
  });
  const ending = new AbortController();
  const onError = (error: unknown): void => log.error('remote-control.failed', { error: describeError(error) });
  const trimming = startLoop({ clock, everyMs: TRIM_MS, signal: ending.signal, body: remote.trim, onError });
  lifecycle.started('remote control', async () => {
    ending.abort();
    await trimming.stopped;
    if (endsWithHost === 'true') remote.end();
  });
  return remote;
}
