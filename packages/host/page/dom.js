/*
 * Nodes are made here. Whatever the host tells ends up in text nodes and attributes that run nothing: there is no way to
 * hand markup in.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes, `on` (listeners) and children: nodes, texts, lists of them; undefined and null are left out. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, String(value));
  }
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  node.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

let lastId = 0;

/** An id that nothing else on the page has. */
export function newId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
