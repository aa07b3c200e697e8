import { createComposer } from './composer.js';
import { createConversationView } from './conversation-view.js';
import { followChat } from './event-feed.js';
import { appName } from './format.js';

/** The page of a chat: what was said, and the box to say something in. */
export function createChatPage({ part, showState, setTitle, onConnected }) {
  const view = createConversationView({
    scroller: part('scroller'),
    log: part('log'),
    empty: part('empty'),
    partial: part('partial'),
    typing: part('typing'),
    toNewest: part('to-newest'),
  });
  const composer = createComposer({
    form: part('composer'),
    text: part('text'),
    send: part('send'),
    attach: part('attach'),
    input: part('files'),
    chosen: part('chosen'),
    target: document,
    error: part('send-error'),
    onSent: () => view.toEnd(),
  });
  let chat;
  let feed;
  let unread = 0;

  function countUnread(isNew) {
    unread = document.hidden && isNew ? unread + 1 : document.hidden ? unread : 0;
    if (chat !== undefined) setTitle(chat.name, unread);
  }

  return {
    open(opened) {
      chat = opened;
      countUnread(false);
      part('note').textContent = noteOf(chat);
      part('note').hidden = chat.app === undefined;
      view.clear();
      composer.open(chat.jid);
      let isHistory = true;
      feed = followChat(chat.jid, {
        state(state, reason) {
          showState(state, reason);
          if (state === 'open') onConnected();
        },
        message(message) {
          view.addMessage(message);
          if (!isHistory && message.from !== 'owner') countUnread(true);
        },
        // The host tells the typing state after what is stored.
        typing(isTyping) {
          isHistory = false;
          view.settle();
          view.setTyping(isTyping);
        },
        partial: (text) => view.setPartial(text),
      });
    },
    close() {
      feed?.close();
      feed = undefined;
      chat = undefined;
      composer.close();
    },
    /** The chat that is shown may have another name now. */
    rename(chats) {
      const now = chats.find(({ jid }) => jid === chat?.jid);
      if (now === undefined) return;
      chat = now;
      countUnread(false);
    },
    look: () => countUnread(false),
    suggest: (text) => composer.suggest(text),
  };
}

function noteOf({ app }) {
  if (app === undefined) return '';
  return `Only the assistant gets what you write here, as yours. Its answer goes to the chat on ${appName(app)}.`;
}
