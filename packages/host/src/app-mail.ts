import type { Base } from './app-base.ts';
import type { MakeChannel, Nature } from './app-chats.ts';
import { manageDeps } from './app-manage.ts';
import type { ThreadChats } from './channels/gmail/receive.ts';
import { registerGroup } from './flows/manage-groups.ts';
import { NanoError } from './kernel/errors.ts';

/** The Gmail channel, where it is configured; its code and libraries are loaded only then. */
export async function mailChannels(base: Base, { clock, random }: Nature): Promise<MakeChannel[]> {
  const { config, stores, log } = base;
  const { variables } = config;
  // Half of a login is a mistake that was told before this.
  if (variables.GMAIL_ADDRESS === undefined) return [];
  const { mailSettings } = await import('./channels/gmail/settings.ts');
  const settings = mailSettings(variables);
  if (settings === undefined) return [];
  const { createGmailChannel } = await import('./channels/gmail/gmail-channel.ts');
  const { createGmailStore } = await import('./channels/gmail/gmail-store.ts');
  const store = createGmailStore(stores.database);
  const chats = threadChats(base, clock.now);
  const assistantName = variables.ASSISTANT_NAME;
  return [(inbox) => createGmailChannel({ settings, chats, store, inbox, assistantName, clock, random, log })];
}

/** Threads that are registered are chats; of the others the owner decides whether they become some. */
export function threadChats({ config, paths, stores, log }: Base, now: () => number): ThreadChats {
  const { groups } = stores;
  return {
    wakeWordOf(chatJid) {
      const group = groups.find(chatJid);
      if (group === undefined) return undefined;
      return group.requiresTrigger && !group.isMain ? group.trigger : null;
    },
    begin({ jid, name }) {
      if (config.variables.GMAIL_THREADS !== 'own') return false;
      const folder = jid.replaceAll(/[^A-Za-z0-9]/g, '_');
      try {
        registerGroup(manageDeps(config, paths, stores, now), {
          jid,
          name: name ?? jid,
          folder,
          requiresTrigger: false,
        });
      } catch (error) {
        if (!(error instanceof NanoError) || error.code !== 'group-refused') throw error;
        log.warn('gmail.thread-not-registered', { chat: jid, reason: error.message });
        return false;
      }
      log.info('gmail.thread-registered', { chat: jid, folder });
      return true;
    },
    main: () => groups.list().find(({ isMain }) => isMain)?.jid,
  };
}
