/*
 * What a mail of HTML alone says, as text. One pass over the tags: a mail may be of any size and form, and nothing here looks
 * twice at the same place.
 */

/** Most characters of HTML that are read. */
const MAX_HTML_CHARS = 2_000_000;

/** Elements whose text nobody sees. */
const UNSEEN = new Set(['script', 'style', 'head', 'title', 'template', 'noscript', 'svg', 'object', 'select']);

/** Elements that begin on a line of their own, with an empty line around them or without. */
const LINES = new Set(['div', 'tr', 'dt', 'dd', 'address', 'section', 'article', 'header', 'footer', 'center']);
const PARAGRAPHS = new Set(['p', 'table', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'dl', 'form']);

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  laquo: '«',
  raquo: '»',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  bull: '•',
  euro: '€',
  copy: '©',
  reg: '®',
  trade: '™',
  shy: '',
  zwnj: '',
  zwj: '',
};

/** The text of an HTML mail: paragraphs, lists with dashes, addresses of links behind their words, quotations with ">". */
export function htmlToText(html: string): string {
  const page = createPage();
  const source = html.slice(0, MAX_HTML_CHARS);
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('<', at);
    if (open === -1) break;
    page.text(source.slice(at, open));
    at = source.startsWith('<!--', open) ? endOf(source, '-->', open + 4) : readTag(page, source, open);
  }
  if (at < source.length) page.text(source.slice(at));
  return page.finish();
}

/** Reads what begins at `open` and gives where it ends; what only looks like a tag is text. */
function readTag(page: Page, source: string, open: number): number {
  const begins = /^<(?:(\/?)([a-z][a-z0-9]*)|[!?])/i.exec(source.slice(open, open + 24));
  if (begins === null) {
    page.text('<');
    return open + 1;
  }
  const end = source.indexOf('>', open);
  if (end === -1) return source.length;
  const name = begins[2]?.toLowerCase();
  const isEnd = begins[1] === '/';
  if (name === undefined) return end + 1;
  if (UNSEEN.has(name) && !isEnd) return endOfElement(source, name, end + 1);
  page.tag(name, isEnd, source.slice(open, end));
  return end + 1;
}

function endOfElement(source: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}\\b`, 'gi');
  closing.lastIndex = from;
  const found = closing.exec(source);
  return found === null ? source.length : endOf(source, '>', found.index);
}

function endOf(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length : found + mark.length;
}

type Page = ReturnType<typeof createPage>;

/** Turns tags and texts into lines. */
function createPage() {
  const lines = createLines();
  const links: { readonly target: string; readonly from: number }[] = [];
  let listDepth = 0;

  const endLink = (): void => {
    const link = links.pop();
    if (link === undefined || link.target === '') return;
    if (lines.since(link.from) !== link.target) lines.write(` (${link.target})`);
  };
  const list = (isEnd: boolean): void => {
    listDepth = Math.max(0, listDepth + (isEnd ? -1 : 1));
    lines.wish(listDepth > (isEnd ? 0 : 1) ? 1 : 2);
  };
  const open = (name: string, source: string): void => {
    if (name === 'br') lines.breakNow();
    else if (name === 'img') lines.write(altOf(source));
    else if (name === 'hr') lines.rule();
    else if (name === 'a' && links.length < MAX_OPEN_LINKS) {
      links.push({ target: linkOf(source), from: lines.length() });
    } else if (name === 'li') {
      lines.wish(1);
      lines.write(`${'  '.repeat(Math.min(Math.max(listDepth - 1, 0), 5))}- `);
    }
  };

  return {
    text: (raw: string): void => lines.text(decodeEntities(raw)),
    tag(name: string, isEnd: boolean, source: string): void {
      if (PARAGRAPHS.has(name)) lines.wish(2);
      else if (LINES.has(name)) lines.wish(1);
      if (name === 'blockquote') lines.quote(isEnd);
      else if (name === 'pre') lines.preformatted(isEnd);
      else if (name === 'ul' || name === 'ol') list(isEnd);
      else if ((name === 'td' || name === 'th') && isEnd && lines.length() > 0) lines.write(' ');
      else if (name === 'a' && isEnd) endLink();
      else if (!isEnd) open(name, source);
    },
    finish: lines.finish,
  };
}

/** Collects lines. Breaks are wished for and made when something comes behind them, so that they never pile up. */
function createLines() {
  const lines: string[] = [];
  let line = '';
  /** Asking the line itself would copy it every time. */
  let endsInSpace = false;
  let wished = 0;
  let quoted = 0;
  let preformatted = 0;

  const breakLine = (): void => {
    lines.push(`${'> '.repeat(Math.min(quoted, MAX_QUOTE_DEPTH))}${line}`.trimEnd());
    line = '';
  };
  const wish = (breaks: number): void => {
    wished = Math.max(wished, breaks);
  };
  const write = (text: string): void => {
    if (text === '') return;
    if (wished > 0) {
      if (line !== '' || lines.length > 0) breakLine();
      if (wished > 1 && lines.at(-1)?.replaceAll(/[> ]/g, '') !== '') breakLine();
      wished = 0;
    }
    line += text;
    endsInSpace = text.endsWith(' ');
    if (line.length > MAX_LINE_CHARS) breakLine();
  };

  return {
    wish,
    write,
    length: () => line.length,
    since: (from: number) => line.slice(from).trim(),
    breakNow(): void {
      if (wished > 0) write(' ');
      breakLine();
    },
    rule(): void {
      wish(1);
      write('---');
      wish(1);
    },
    quote(isEnd: boolean): void {
      if (line !== '') breakLine();
      wish(2);
      quoted = Math.max(0, quoted + (isEnd ? -1 : 1));
    },
    preformatted(isEnd: boolean): void {
      preformatted = Math.max(0, preformatted + (isEnd ? -1 : 1));
    },
    text(text: string): void {
      if (preformatted > 0) {
        for (const [index, part] of text.split('\n').entries()) {
          if (index > 0) breakLine();
          write(part);
        }
        return;
      }
      const flat = text.replaceAll(/[\s\u00a0]+/g, ' ');
      write(line === '' || wished > 0 || endsInSpace ? flat.trimStart() : flat);
    },
    finish(): string {
      if (line !== '') breakLine();
      return lines
        .join('\n')
        .replaceAll(/\n{3,}/g, '\n\n')
        .trim();
    },
  };
}

const MAX_QUOTE_DEPTH = 5;
/** A line is broken here, wherever that is: no letter has such lines. */
const MAX_LINE_CHARS = 5_000;
const MAX_OPEN_LINKS = 100;

function linkOf(source: string): string {
  const target = attribute(source, 'href');
  return /^https?:\/\/[^\s]{1,2000}$/i.test(target) ? target : '';
}

function altOf(source: string): string {
  const alt = attribute(source, 'alt');
  return alt === '' ? '' : `[${alt.slice(0, 200)}]`;
}

function attribute(source: string, name: string): string {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(source.slice(0, 8_000));
  return decodeEntities(found?.[1] ?? found?.[2] ?? found?.[3] ?? '').trim();
}

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));?/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isText = code > 31 && code <= 0x10_ffff && (code < 0xd8_00 || code > 0xdf_ff);
    return isText ? String.fromCodePoint(code) : ' ';
  });
}
