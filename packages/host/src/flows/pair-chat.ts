import type { Group } from '../groups/group.ts';
import { describeError } from '../kernel/errors.ts';
import { newPairingCode } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatInfo, ChatJid, InboundMessage } from '../messages/message.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { ChatMoveStore } from '../store/chat-move-store.ts';
import type { Database } from '../store/open-store.ts';
import { type ManageGroupsDeps, registerGroup } from './manage-groups.ts';

/** How long a code is good for, in milliseconds. */
export const CODE_LIFE_MS = 10 * 60_000;

/** Wrong codes that end the right one, from all chats together: nobody types that badly, and nobody guesses in that many. */
export const MAX_WRONG_CODES = 5;

const LOCAL = 'local:main' as ChatJid;

/** What `nanoclaw pair` prints. */
export interface PairingCode {
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface PairingDeps extends ManageGroupsDeps {
  readonly database: Database;
  readonly outbox: OutboxStore;
  readonly chatMoves: ChatMoveStore;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  readonly onGroupsChanged: () => void;
  readonly log: Log;
}

export interface Pairing {
  /** A new code; an earlier one is void. */
  open(): PairingCode;
  /** Whether the message was a code, right or wrong; who sends the right one in a private chat has made that chat main. */
  take(chat: ChatInfo, message: InboundMessage, isRegistered: boolean): boolean;
}

/** Makes a private chat the main one: who has the code has it from somebody at this machine. It lives as long as the host. */
export function createPairing(deps: PairingDeps): Pairing {
  let open: (PairingCode & { wrong: number }) | undefined;

  return {
    open() {
      open = { code: newPairingCode(), expiresAt: deps.now() + CODE_LIFE_MS, wrong: 0 };
      const { code, expiresAt } = open;
      return { code, expiresAt };
    },
    take(chat, message, isRegistered) {
      const code = codeIn(message.content);
      if (code === undefined || chat.isGroup || open === undefined) return false;
      if (deps.now() >= open.expiresAt) {
        open = undefined;
        return false;
      }
      if (code !== open.code) {
        // In a chat that has an assistant, words of eight letters are words.
        if (isRegistered) return false;
        deps.log.warn('pairing.wrong-code', { chat: chat.jid });
        if (++open.wrong >= MAX_WRONG_CODES) open = undefined;
        return true;
      }
      open = undefined;
      becomeMain(deps, chat);
      deps.log.info('pairing.done', { chat: chat.jid });
      return true;
    },
  };
}

/** Letters in any case, with or without the dash. */
function codeIn(text: string): string | undefined {
  const plain = text.trim().toUpperCase().replaceAll(/[\s-]/g, '');
  return /^[A-Z0-9]{8}$/.test(plain) ? `${plain.slice(0, 4)}-${plain.slice(4)}` : undefined;
}

function becomeMain(deps: PairingDeps, chat: ChatInfo): void {
  const { groups, messages } = deps;
  const main = groups.main();
  deps.database.transaction(() => {
    messages.ensureChat(chat);
    if (main?.jid === chat.jid) return tell(deps, chat.jid, 'This chat is my main chat already.');
    // The chat had an assistant of its own, perhaps; its folder stays, and main's takes its place.
    if (main !== undefined) groups.remove(chat.jid);
    if (main === undefined) registerAsMain(deps, chat);
    else if (!deps.chatMoves.move(main.jid, chat.jid)) throw new Error(`${main.jid} cannot become ${chat.jid}`);
    if (main !== undefined) handOver(deps, main, chat);
    tell(deps, chat.jid, 'This chat is my main chat now. Write /help to see what I do, or just ask me something.');
  })();
  deps.onOutgoing(chat.jid);
  if (main !== undefined && main.jid !== chat.jid) deps.onOutgoing(main.jid);
  deps.onGroupsChanged();
}

function registerAsMain(deps: PairingDeps, chat: ChatInfo): void {
  const isTaken = deps.groups.list().some(({ folder }) => folder.toLowerCase() === 'main');
  const folder = isTaken ? `${chat.channel}_main` : 'main';
  registerGroup(deps, { jid: chat.jid, name: nameOf(chat), folder, isMain: true, requiresTrigger: false });
}

/** The chat that was main is told so. The built-in one goes on as an ordinary chat, or the terminal and the page had none. */
function handOver(deps: PairingDeps, main: Group, chat: ChatInfo): void {
  tell(
    deps,
    main.jid,
    `My main chat is now the one with ${nameOf(chat)} on ${chat.channel}; memory and tasks went along.`,
  );
  if (main.jid !== LOCAL) return;
  try {
    registerGroup(deps, { jid: LOCAL, name: 'local', folder: 'local', requiresTrigger: false });
  } catch (error) {
    deps.log.warn('pairing.local-not-registered', { error: describeError(error) });
  }
}

function tell({ outbox, now }: PairingDeps, chatJid: ChatJid, text: string): void {
  outbox.add({ chatJid, text, origin: 'notice', now: now() });
}

function nameOf({ name, jid }: ChatInfo): string {
  const line = (name ?? '')
    .replaceAll(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 256);
  return line === '' ? jid : line;
}
