// Feeds: feeds.mjs new|list <url…>. Prints entries as JSON lines; `new` tells each entry once (feeds.json in this folder).
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const STATE = 'feeds.json';
/** Entries remembered for each feed; older ones do not come back. */
const MOST_REMEMBERED = 1_000;
const FIRST_LOOK = 3;

const [verb, ...urls] = process.argv.slice(2);
if (!['new', 'list'].includes(verb) || urls.length === 0) {
  process.stderr.write('usage: feeds.mjs new|list <url…>\n');
  process.exit(2);
}
const state = existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : {};
let hasFailed = false;
for (const url of urls) {
  try {
    const entries = entriesIn(fetchFeed(url), url);
    const told = verb === 'list' ? entries : unseen(url, entries);
    for (const { id: _, ...entry } of told) process.stdout.write(`${JSON.stringify(entry)}\n`);
  } catch (error) {
    hasFailed = true;
    process.stderr.write(`${url}: ${error.message}\n`);
  }
}
if (verb === 'new') {
  writeFileSync(`${STATE}.new`, JSON.stringify(state));
  renameSync(`${STATE}.new`, STATE);
}
process.exit(hasFailed ? 1 : 0);

/** By curl, because it takes the sandbox's way out by itself. */
function fetchFeed(url) {
  const { status, stdout, stderr } = spawnSync(
    'curl',
    ['-sSfL', '--max-time', '30', '--max-filesize', '10000000', url],
    {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(stderr.trim() || `curl ended with ${status}`);
  return stdout;
}

function unseen(url, entries) {
  const isFirst = state[url] === undefined;
  const known = new Set(state[url] ?? []);
  const fresh = entries.filter(({ id }) => !known.has(id));
  state[url] = [...new Set([...fresh.map(({ id }) => id), ...known])].slice(0, MOST_REMEMBERED);
  return isFirst ? fresh.slice(0, FIRST_LOOK) : fresh;
}

/** RSS has items, Atom has entries; of both only what people want to know. */
function entriesIn(xml, url) {
  const feed = textOf(xml.split(/<(?:item|entry)[\s>]/)[0] ?? '', 'title') || url;
  const blocks = [...xml.matchAll(/<(item|entry)[\s>]([\s\S]*?)<\/\1>/g)].map(([, , block]) => block);
  if (blocks.length === 0 && !/<(rss|feed|rdf:RDF)[\s>]/.test(xml)) throw new Error('this is no feed');
  return blocks.map((block) => {
    const link = textOf(block, 'link') || /<link[^>]*href="([^"]+)"/.exec(block)?.[1] || '';
    const title = textOf(block, 'title');
    const date =
      textOf(block, 'pubDate') || textOf(block, 'updated') || textOf(block, 'published') || textOf(block, 'dc:date');
    const id = textOf(block, 'guid') || textOf(block, 'id') || link || title;
    return { id, feed, title, link: decode(link), date };
  });
}

function textOf(xml, tag) {
  const inner = new RegExp(`<${tag}(?:\\s[^>]*)?>([\\s\\S]*?)</${tag}>`).exec(xml)?.[1] ?? '';
  const plain = inner.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1').replace(/<[^>]+>/g, '');
  return decode(plain).replace(/\s+/g, ' ').trim();
}

function decode(text) {
  const names = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name) => {
    if (!name.startsWith('#')) return names[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
