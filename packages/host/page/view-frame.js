import { el } from './dom.js';
import { problemBox } from './parts.js';

/** What a page is drawn into: it loads, draws, and draws again when the host tells that something has changed. */
export function createFrame({ root, setTitle, go }) {
  const ending = new AbortController();
  const box = problemBox();
  const body = el('div', { class: 'view-body' });
  const listeners = { pulse: [], output: [] };
  root.replaceChildren(box.node, body);
  const frame = {
    signal: ending.signal,
    go,
    title: setTitle,
    say: box.say,
    draw: (...nodes) => body.replaceChildren(...nodes.flat(3).filter(Boolean)),
    on: (event, listener) => listeners[event].push(listener),
    tell(event, news) {
      for (const listener of listeners[event]) listener(news);
    },
    /** Draws what `load` gives, now and whenever it is another one; gives a function that does so at once. */
    async keep(load, draw) {
      let shown;
      const refresh = async () => {
        try {
          const found = await load();
          box.say('');
          const text = JSON.stringify(found);
          if (ending.signal.aborted || text === shown) return;
          shown = text;
          withFocus(body, () => frame.draw(draw(found)));
        } catch (error) {
          if (!ending.signal.aborted) box.say(error.message);
        }
      };
      let isBusy = false;
      frame.on('pulse', async () => {
        if (isBusy || document.hidden) return;
        isBusy = true;
        await refresh();
        isBusy = false;
      });
      await refresh();
      return refresh;
    },
    end: () => ending.abort(),
  };
  return frame;
}

/** Who drives with the keyboard stays where he is when the page is drawn again. */
function withFocus(body, draw) {
  const active = document.activeElement;
  const key = body.contains(active) ? active.dataset.key : undefined;
  const open = [...body.querySelectorAll('details[open]')].map((node) => node.dataset.key);
  draw();
  for (const node of body.querySelectorAll('details')) if (open.includes(node.dataset.key)) node.open = true;
  if (key === undefined) return;
  [...body.querySelectorAll('[data-key]')].find((node) => node.dataset.key === key)?.focus({ preventScroll: true });
}
