import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores } from '@nanoclaw/host/app-stores.js';
import type { Channel } from '@nanoclaw/host/channels/channel.js';
import { createChannelHealth } from '@nanoclaw/host/flows/channel-health.js';
import { createDeliverer, type Deliverer } from '@nanoclaw/host/flows/deliver-reply.js';
import { createInbox } from '@nanoclaw/host/flows/inbox.js';
import { type Clock, systemClock } from '@nanoclaw/host/kernel/clock.js';
import type { Log, LogFields } from '@nanoclaw/host/kernel/log.js';
import { createKeptFiles } from '@nanoclaw/host/messages/kept-files.js';
import type { StoredMessage } from '@nanoclaw/host/messages/message.js';
import type { Answered, OutboxPayload } from '@nanoclaw/host/messages/outbox-store.js';
import { inboxRules } from '../inbox-rules.ts';
import { registerChats } from '../register-chats.ts';
import { until } from '../until.ts';
import type { ChannelParts, FileOnPlatform, Place, PlatformUnderTest, SaidOnPlatform } from './platform.ts';

/** How long anything may take, in milliseconds: the machine may be busy with other things. */
const PATIENCE_MS = 90_000;

/** A text of the assistant for the outbox. */
export interface Outgoing {
  readonly answers?: Answered;
  readonly payload?: OutboxPayload;
}

/** A channel between its platform and a host's own way in and out: real store, inbox and deliverer. */
export interface Scene {
  readonly platform: PlatformUnderTest;
  readonly channel: Channel;
  /** Everything that was logged, and what the channel says of itself. */
  words(): string;
  /** What people wrote in a place, as it is stored. */
  heard(place: Place): StoredMessage[];
  /** Waits until this is stored once more than never, and gives it. */
  hears(place: Place, text: string): Promise<StoredMessage>;
  /** Puts a text into the outbox of a place. */
  say(place: Place, text: string, outgoing?: Outgoing): number;
  /** Puts a file into the outbox of a place. */
  sayFile(place: Place, file: FileOnPlatform, caption: string): void;
  /** Waits until the platform has a text that holds this, and gives it. */
  arrives(text: string): Promise<SaidOnPlatform>;
  /** How often the platform has it. */
  times(text: string): number;
  /** Texts that no platform has confirmed. */
  unsent(place: Place): number;
  /** Marks a text as a host does right before it sends it, and does not: the host died there. */
  beginSend(outboxId: number): void;
  /** The content of a file that came with a message. */
  keptFile(message: StoredMessage): Buffer;
  /** Ends the host as a kill does, as far as the store is concerned. */
  leave(): Promise<void>;
  /** Starts it again on the same store. */
  comeBack(): void;
  connectWrongly(): void;
  waitFor(what: string, look: () => boolean): Promise<unknown>;
  end(): Promise<void>;
}

export interface SceneOptions {
  /** Waits are as long as they say; otherwise a hundredth of it. */
  readonly isPatient?: boolean;
  /** The host is not started yet. */
  readonly isAway?: boolean;
}

export function createScene(platform: PlatformUnderTest, options: SceneOptions): Scene {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-channel-'));
  const stores = openStores(join(directory, 'messages.db'));
  const jids = [...new Set(Object.values(platform.chats))];
  registerChats(stores.groups, ...jids);
  for (const [index, jid] of jids.entries()) {
    mkdirSync(join(directory, `chat${index}`));
    stores.messages.ensureChat({ jid, channel: 'test', isGroup: false });
  }
  const clock = options.isPatient === true ? systemClock : hastyClock;
  const lines: string[] = [];
  const log = keepingLog(lines);
  const keptFiles = createKeptFiles({ directory: join(directory, 'kept'), files: stores.files, now: clock.now });
  let life: { channel: Channel; deliverer: Deliverer } | undefined;

  function start(connect: (parts: ChannelParts) => Channel): void {
    const health = createChannelHealth(clock.now);
    const rules = inboxRules(directory);
    const inbox = createInbox({ ...stores, ...rules, onStored: () => undefined, health, now: clock.now, log });
    const random = (): number => 0.5;
    const channel = connect({ inbox, triggerOf: () => '@Robo', stores, clock, random, log });
    const told = { onStored: () => undefined, onGivenUp: () => undefined, health, keptFiles };
    const nature = { clock, random, log, assistantName: 'Andy' };
    const deliverer = createDeliverer({ ...stores, ...told, ...nature, channelOf: () => channel });
    life = { channel, deliverer };
    deliverer.resume();
  }

  const current = (): { channel: Channel; deliverer: Deliverer } => {
    if (life === undefined) throw new Error('the host of this scene is not started');
    return life;
  };
  const waitFor: Scene['waitFor'] = (what, look) => until(what, look, PATIENCE_MS);
  const leave = async (): Promise<void> => {
    const ended = life;
    life = undefined;
    await Promise.all([ended?.channel.stop(), ended?.deliverer.stop()]);
  };
  const heard = (place: Place): StoredMessage[] =>
    stores.messages.after(platform.chats[place], 0, 1_000).filter(({ isBotMessage }) => !isBotMessage);
  const say: Scene['say'] = (place, text, outgoing = {}) => {
    const chatJid = platform.chats[place];
    const id = stores.outbox.add({ chatJid, text, origin: 'answer', now: clock.now(), ...outgoing });
    life?.deliverer.wake(chatJid);
    return id;
  };
  if (options.isAway !== true) start(platform.connect);
  return {
    platform,
    get channel() {
      return current().channel;
    },
    words: () => `${lines.join('\n')}\n${JSON.stringify(life?.channel.condition())}`,
    heard,
    async hears(place, text) {
      await waitFor(`${text} is stored`, () => heard(place).some(({ content }) => content.includes(text)));
      return heard(place).find(({ content }) => content.includes(text)) as StoredMessage;
    },
    say,
    sayFile(place, { name, content }, caption) {
      const folder = stores.groups.find(platform.chats[place])?.folder ?? '';
      const root = join(directory, folder);
      writeFileSync(join(root, name), content);
      const { key } = keptFiles.keep(root, [name], folder);
      say(place, `[${name}]`, { payload: { kind: 'file', key, caption } });
    },
    async arrives(text) {
      await waitFor(`the platform has ${text}`, () => platform.said().some((said) => said.text.includes(text)));
      return platform.said().find((said) => said.text.includes(text)) as SaidOnPlatform;
    },
    times: (text) => platform.said().filter((said) => said.text.includes(text)).length,
    unsent: (place) => stores.outbox.countUnsent(platform.chats[place]),
    beginSend: (outboxId) => void stores.outbox.begin(outboxId),
    keptFile: ({ attachments }) =>
      readFileSync(join(directory, 'chat0', (attachments?.[0]?.path ?? '').replace('/workspace/group/', ''))),
    leave,
    comeBack: () => start(platform.connect),
    connectWrongly: () => start(platform.connectWrongly),
    waitFor,
    async end() {
      await leave();
      stores.database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits a hundredth of what it is told to. */
const hastyClock: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

function keepingLog(lines: string[]): Log {
  const keep = (event: string, fields: LogFields = {}): void => void lines.push(`${event} ${JSON.stringify(fields)}`);
  return { debug: keep, info: keep, warn: keep, error: keep, fatal: keep };
}
