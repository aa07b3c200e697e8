import type { ChannelSetup } from '../../../channels/channel-setup.ts';
import { followLinking } from '../../commands/link.ts';
import type { ControlClient } from '../../control-client.ts';
import { throughHostOrHome } from '../../reach-host.ts';
import { untilConnected, waitFor, withSetupHost } from '../setup-host.ts';
import type { SetupContext, SetupStep } from '../step.ts';

/** How long the owner may take to write, in milliseconds: somewhat less than a pairing code lives. */
const OWNER_MS = 9 * 60_000;

/** How many messages of the chat are looked through for the round trip. */
const LOOK_BACK = 50;

/** Done when the main chat is in a chat app: the one with the built-in chat is where everybody begins. */
export const mainChatStep: SetupStep = {
  name: 'main',
  title: 'Main chat',
  async look({ deps }) {
    const groups = await throughHostOrHome<readonly { jid: string; isMain: boolean }[]>(deps, {
      host: (client) => client.groups(),
      home: ({ manage }) => manage.groups.list(),
    });
    const main = groups.find(({ isMain }) => isMain);
    return main === undefined || main.jid.startsWith('local:') ? undefined : main.jid;
  },
  async act(context) {
    const { deps, channel } = context;
    const connected = await deps.channels.set(deps.config());
    const setup = (connected.find((one) => one.setup.name === channel) ?? connected[0])?.setup;
    if (setup === undefined) return 'the terminal and the web page, until a chat app is connected';
    return withSetupHost(context, async (client) => {
      if (setup.link !== undefined) await linkPhone(context, client, setup.name);
      await untilConnected(context, client, setup.name);
      const jid = await pair(context, client, setup);
      await roundTrip(context, client, jid);
      return `${jid}: a message came in, and its answer went out`;
    });
  },
};

/** Where the platform takes this machine for a device of a phone. One that is linked already stays so. */
async function linkPhone(
  { deps, ask, tell, signal }: SetupContext,
  client: ControlClient,
  channel: string,
): Promise<void> {
  if ((await client.linking(channel)).phase === 'linked') return;
  const phoneNumber = await ask.text({
    name: 'PHONE_NUMBER',
    message: 'The number of the phone, with country code, to type a code there; empty for a QR code to point it at.',
    isOptional: true,
    problemWith: (value) => (/\d{6,}/.test(value.replaceAll(/\D/g, '')) ? undefined : 'a number with country code'),
  });
  const wish = phoneNumber === '' ? {} : { phoneNumber: phoneNumber.replaceAll(/\D/g, '') };
  const show = (text: string): void => {
    ask.say('info', text);
    tell({ waitingFor: 'link', text });
  };
  const sleep = (ms: number): Promise<void> => deps.sleep(ms, signal);
  await followLinking(client, { channel, first: await client.link(channel, wish) }, { show, sleep });
}

/** Who has the code has it from somebody at this machine: the chat it comes from is the owner's. */
async function pair(context: SetupContext, client: ControlClient, setup: ChannelSetup): Promise<string> {
  const { ask, tell } = context;
  const before = (await client.groups()).find(({ isMain }) => isMain)?.jid;
  const { code } = await client.openPairing();
  ask.say('step', `Write this to your assistant in ${setup.title}, in a private chat: ${code}`);
  tell({ waitingFor: 'code', code });
  const why = 'the code has not come in: nanoclaw setup main gives another one';
  return waitFor(context, { ms: OWNER_MS, why }, async () => {
    const main = (await client.groups()).find(({ isMain }) => isMain);
    return main === undefined || main.jid === before ? undefined : main.jid;
  });
}

async function roundTrip(context: SetupContext, client: ControlClient, jid: string): Promise<void> {
  const { ask, tell } = context;
  const newest = (await client.messages(jid, LOOK_BACK)).at(-1)?.seq ?? 0;
  ask.say('step', 'Now ask it something there: "hello" will do.');
  tell({ waitingFor: 'message', chat: jid });
  const why = 'no message was answered: nanoclaw logs tells why, nanoclaw setup main tries again';
  await waitFor(context, { ms: OWNER_MS, why }, async () => {
    const since = (await client.messages(jid, LOOK_BACK)).filter(({ seq }) => seq > newest);
    const question = since.find(({ isBotMessage }) => !isBotMessage);
    return since.find(({ isBotMessage, seq }) => isBotMessage && question !== undefined && seq > question.seq);
  });
}
