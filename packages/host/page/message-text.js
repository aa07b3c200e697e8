/*
 * Message text becomes DOM nodes here and nowhere else. Whatever a message contains ends up in text nodes; the only
 * elements made are <pre>, <code>, <strong> and links to http and https. Every step reads the text once.
 */

const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|(https?:\/\/[^\s<>"'`]+)/g;
const FENCE = '```';

/** Nodes for a message: fenced code, `code`, **bold** and links; everything else as it is. */
export function renderText(text) {
  const fragment = document.createDocumentFragment();
  let plain = [];
  let code;
  const endPlain = () => {
    if (plain.some((line) => line.trim() !== '')) fragment.append(paragraph(plain.join('\n')));
    plain = [];
  };
  for (const line of text.split('\n')) {
    const isFence = line.trimStart().startsWith(FENCE);
    if (code !== undefined && isFence) {
      fragment.append(codeBlock(code));
      code = undefined;
    } else if (code !== undefined) code.push(line);
    else if (isFence && !line.trimStart().slice(FENCE.length).includes('`')) {
      endPlain();
      code = [];
    } else plain.push(line);
  }
  // A block without an end is one that is still being written.
  if (code !== undefined) fragment.append(codeBlock(code));
  endPlain();
  return fragment;
}

function paragraph(text) {
  const node = document.createElement('div');
  node.className = 'plain';
  node.append(...inline(text));
  return node;
}

function codeBlock(lines) {
  const block = document.createElement('pre');
  block.tabIndex = 0;
  block.dir = 'ltr';
  block.append(element('code', lines.join('\n')));
  return block;
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, url] = match;
    nodes.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (code !== undefined) nodes.push(element('code', code));
    else if (bold !== undefined) {
      const strong = document.createElement('strong');
      strong.append(...inline(bold));
      nodes.push(strong);
    } else nodes.push(...link(url));
  }
  nodes.push(text.slice(end));
  return nodes;
}

/** The link and the punctuation after it that belongs to the sentence. */
function link(text) {
  const address = withoutTail(text);
  if (!URL.canParse(address)) return [text];
  const node = element('a', address);
  node.href = address;
  node.target = '_blank';
  node.rel = 'noopener noreferrer';
  return [node, text.slice(address.length)];
}

function withoutTail(address) {
  let end = address.length;
  // A closing parenthesis belongs to the address only when it was opened in it.
  let open = 0;
  for (const character of address) open += character === '(' ? 1 : character === ')' ? -1 : 0;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    if (last === ')' && open < 0) open += 1;
    else if (!'.,;:!?*_]}'.includes(last)) break;
  }
  return address.slice(0, end);
}

function element(name, text) {
  const node = document.createElement(name);
  node.textContent = text;
  return node;
}
