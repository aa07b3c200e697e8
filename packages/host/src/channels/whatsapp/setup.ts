import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import type { ChannelSetup, LinkPlace } from '../channel-setup.ts';
import type { Linking, LinkWish } from '../linking.ts';
import { startConnection } from './connection.ts';
import { createGroupCache } from './groups.ts';
import { openHomeAuth } from './home-auth.ts';
import { INSTALL_COMMAND, loadWhatsAppLibrary } from './library.ts';

/** How often it is looked how far the linking is, in milliseconds. */
const LOOK_MS = 200;

export const whatsappSetup: ChannelSetup = {
  name: 'whatsapp',
  title: 'WhatsApp',
  page: 'whatsapp.md',
  steps: [
    'This is no official way into WhatsApp: an account may be blocked for it. Take a spare number, not your own.',
    `The library is under the GPL and is installed apart: ${INSTALL_COMMAND}`,
    'Have the phone with that number at hand: it links this machine like a WhatsApp Web.',
  ],
  fields: [
    {
      variable: 'WHATSAPP_ENABLED',
      label: 'Switch the channel on',
      hint: 'true',
      isSecret: false,
      problemWith: (value) => (value === 'true' ? undefined : 'only "true" switches it on'),
    },
    {
      variable: 'ASSISTANT_HAS_OWN_NUMBER',
      label: "Is the number the assistant's alone",
      hint: 'true for a spare number; false when it is yours, and the assistant writes in your name',
      isSecret: false,
      isOptional: true,
      problemWith: (value) => (['true', 'false'].includes(value) ? undefined : '"true" or "false"'),
    },
  ],
  async verify() {
    const library = await loadWhatsAppLibrary().catch(() => undefined);
    if (library !== undefined) return { ok: true, detail: 'the library is there' };
    return { ok: false, problem: `the library for WhatsApp is not installed: run ${INSTALL_COMMAND}` };
  },
  link,
  firstMessage: 'Write "hello" from another phone to the number that is linked; or, where it is your own, to yourself.',
};

async function* link(wish: LinkWish, place: LinkPlace, signal: AbortSignal): AsyncGenerator<Linking> {
  const library = await loadWhatsAppLibrary().catch(() => undefined);
  if (library === undefined) {
    yield { phase: 'not-linked', problem: `the library is not installed: run ${INSTALL_COMMAND}` };
    return;
  }
  const store = openHomeAuth(place.authDirectory, silentLog);
  const connection = startConnection({
    ...{ library, store, clock: systemClock, random: () => 0.5, log: silentLog },
    url: place.values['WHATSAPP_WS_URL'],
    hasOwnNumber: place.values['ASSISTANT_HAS_OWN_NUMBER'] === 'true',
    uploadAgent: undefined,
    groups: createGroupCache({ inbox: { chatSeen: () => undefined }, log: silentLog }),
    // What comes in meanwhile is written down; the host hands it over when it starts.
    onWritten: () => undefined,
    onOpen: () => undefined,
  });
  try {
    connection.link(wish);
    yield* changes(
      () => (isReady(connection.linking(), connection.condition().phase) ? connection.linking() : undefined),
      signal,
    );
  } finally {
    await connection.stop();
    store.close();
  }
}

/** Linked is who has come in with it. */
function isReady(linking: Linking, phase: string): boolean {
  return linking.phase !== 'linked' || phase === 'connected';
}

async function* changes(look: () => Linking | undefined, signal: AbortSignal): AsyncGenerator<Linking> {
  let shown = '';
  while (!signal.aborted) {
    const linking = look();
    const words = JSON.stringify(linking);
    if (linking !== undefined && words !== shown) {
      shown = words;
      // Before the first connection it is simply not linked; with a problem the attempt is over.
      const isOver = linking.phase === 'linked' || (linking.phase === 'not-linked' && linking.problem !== undefined);
      if (isOver || linking.phase !== 'not-linked') yield linking;
      if (isOver) return;
    }
    await systemClock.sleep(LOOK_MS, signal);
  }
}
