/**
 * What of an agent's text may be shown: `<internal>…</internal>` is removed, also when it is never closed. An empty
 * result means that nothing is sent.
 */
export function visibleText(text: string): string {
  const visible: string[] = [];
  let from = 0;
  let isInternal = false;
  // One pass over the tags: text comes from a sandbox, and an expression that looks for pairs takes quadratic time.
  for (const tag of text.matchAll(/<(\/?)internal>/gi)) {
    const isOpening = tag[1] === '';
    if (isOpening === isInternal) continue;
    if (isOpening) visible.push(text.slice(from, tag.index));
    isInternal = isOpening;
    from = tag.index + tag[0].length;
  }
  if (!isInternal) visible.push(text.slice(from));
  return visible.join('').trim();
}

/** The same for a text that is still being written: a tag whose end has not come yet is not shown either. */
export function visiblePartial(text: string): string {
  return visibleText(text.replace(/<\/?[a-z]{0,8}$/i, ''));
}
