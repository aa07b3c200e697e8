import type { Inbox } from '../channels/channel.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { parseHostCommand } from '../messages/host-command.ts';
import { type Attachment, type ChatJid, isTeamChat, MAX_INBOUND_CHARS } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import { triggerTest } from '../messages/trigger.ts';
import { channelName } from './manage-groups.ts';

/** A file that the owner sends. */
export interface OwnerFile {
  readonly name: string;
  readonly content: Buffer;
}

/** Says something in a chat as its owner; gives its seq. Throws 'message-refused' for what cannot be a message. */
export type OwnerWords = (chatJid: ChatJid, text: string, files?: readonly OwnerFile[]) => number;

export interface OwnerWordsDeps {
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  /** Says it in a local chat. */
  readonly local: { readonly say: OwnerWords; owns(chatJid: ChatJid): boolean };
  readonly inbox: Pick<Inbox, 'receive' | 'keepFile'>;
  readonly now: () => number;
}

/**
 * What the owner writes on the page into a chat of another app. It is given to the chat's agent as the owner's, with the
 * trigger before it where one is needed; the platform never sees it, only the answer goes there.
 */
export function createOwnerWords(deps: OwnerWordsDeps): OwnerWords {
  return (chatJid, text, files = []) => {
    if (deps.local.owns(chatJid)) return deps.local.say(chatJid, text, files);
    const group = deps.groups.find(chatJid);
    if (group === undefined) throw refused(`${chatJid} is not registered`);
    if (isTeamChat(chatJid)) throw refused('a teammate takes messages from its lead alone: write to the lead');
    const said = [text.trim(), ...files.map(({ name }) => `[file: ${name}]`)].join(' ').trim();
    if (said === '') throw refused('an empty message was not sent: write something');
    const isMeant = parseHostCommand(said) !== undefined || triggerTest(group)({ content: said });
    const content = isMeant ? said : `${group.trigger} ${said}`;
    if (content.length > MAX_INBOUND_CHARS)
      throw refused(`more than ${MAX_INBOUND_CHARS} characters: send it in parts`);
    const id = newId('page');
    const timestamp = new Date(deps.now()).toISOString();
    const message = { id, chatJid, sender: 'local:owner', senderName: 'Owner', content, timestamp, isFromMe: true };
    const attachments = files.map((file): Attachment => {
      return { type: 'document', name: file.name, ...deps.inbox.keepFile(message, file) };
    });
    const chat = { jid: chatJid, channel: channelName(chatJid), isGroup: false };
    deps.inbox.receive(chat, attachments.length === 0 ? message : { ...message, attachments });
    const stored = deps.messages.find(chatJid, id);
    if (stored === undefined) throw refused('the host did not keep it: its log says why');
    return stored.seq;
  };
}

function refused(why: string): NanoError {
  return new NanoError('message-refused', `the message was not sent: ${why}`);
}
