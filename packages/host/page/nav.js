import { el } from './dom.js';
import { appName } from './format.js';
import { hashOf, PAGES } from './routes.js';

/** The list of chats and pages; beside the page where there is room, else behind the menu button. */
export function createNav({ nav, menu, veil, chats, pages }) {
  let marked = '';
  pages.replaceChildren(
    ...PAGES.filter(({ isHidden }) => !isHidden).map(({ hash, title }) =>
      el('li', {}, el('a', { href: `#/${hash}` }, title)),
    ),
  );

  function mark(hash) {
    marked = hash;
    for (const link of nav.querySelectorAll('a')) {
      if (link.getAttribute('href') === marked) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }
  function setOpen(isOpen) {
    const wasOpen = nav.hasAttribute('data-open');
    nav.toggleAttribute('data-open', isOpen);
    menu.setAttribute('aria-expanded', String(isOpen));
    veil.hidden = !isOpen;
    if (isOpen) (nav.querySelector('[aria-current]') ?? nav.querySelector('a')).focus();
    return wasOpen;
  }
  const closeByUser = () => {
    if (setOpen(false)) menu.focus();
  };
  menu.addEventListener('click', () => setOpen(!nav.hasAttribute('data-open')));
  veil.addEventListener('click', closeByUser);
  nav.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') closeByUser();
  });
  nav.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget !== null && relatedTarget !== menu && !nav.contains(relatedTarget)) setOpen(false);
  });
  // The page that one is on already does not change the address.
  nav.addEventListener('click', ({ target }) => {
    if (target.closest('a') !== null) setOpen(false);
  });

  return {
    mark,
    close: () => setOpen(false),
    showChats(list) {
      chats.replaceChildren(
        ...list.map(({ jid, name, app }) =>
          el(
            'li',
            {},
            el(
              'a',
              { href: hashOf('chat', jid), 'data-jid': jid },
              el('span', { class: 'chat-name' }, name),
              app === undefined ? null : el('span', { class: 'chat-app' }, appName(app)),
            ),
          ),
        ),
      );
      mark(marked);
    },
  };
}
