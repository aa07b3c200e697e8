// Finds notes in a vault: find.mjs <vault> <words…>. Prints JSON, the best first: path, tags, how many notes link to it, the line that fits.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const MOST = 20;
const [vault, ...words] = process.argv.slice(2);
if (vault === undefined || words.length === 0) {
  process.stderr.write('usage: find.mjs <vault> <words…>\n');
  process.exit(2);
}
const wanted = words.map((word) => word.toLowerCase());
const notes = readdirSync(vault, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .filter(
    (path) =>
      !path
        .slice(vault.length)
        .split('/')
        .some((part) => part.startsWith('.')),
  )
  .map((path) => ({ path, name: basename(path, '.md'), text: readFileSync(path, 'utf8') }));
const links = new Map();
for (const { text } of notes) {
  for (const [, target] of text.matchAll(/\[\[([^\]|#]+)/g))
    links.set(target.trim(), (links.get(target.trim()) ?? 0) + 1);
}
const found = notes
  .map((note) => ({ ...note, score: scoreOf(note), linkedFrom: links.get(note.name) ?? 0 }))
  .filter(({ score }) => score > 0)
  .sort((a, b) => b.score - a.score || b.linkedFrom - a.linkedFrom || (a.path < b.path ? -1 : 1))
  .slice(0, MOST)
  .map(({ path, text, linkedFrom }) => ({ path, tags: tagsIn(text), linkedFrom, line: lineOf(text) }));
process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);

/** Every word has to be there; in the name it counts most. */
function scoreOf({ name, text }) {
  const [title, body] = [name.toLowerCase(), text.toLowerCase()];
  if (!wanted.every((word) => title.includes(word) || body.includes(word))) return 0;
  return wanted.reduce(
    (sum, word) => sum + (title.includes(word) ? 10 : 0) + Math.min(5, body.split(word).length - 1),
    1,
  );
}

function tagsIn(text) {
  const inText = [...text.matchAll(/(?:^|\s)#([\p{L}][\p{L}\d/_-]*)/gu)].map(([, tag]) => tag);
  const front = /^---\n([\s\S]*?)\n---/.exec(text)?.[1] ?? '';
  const listed =
    /^tags:\s*\[?([^\]\n]*)/m
      .exec(front)?.[1]
      ?.split(',')
      .map((tag) => tag.trim())
      .filter(Boolean) ?? [];
  return [...new Set([...listed, ...inText])];
}

function lineOf(text) {
  return (
    text
      .split('\n')
      .find((line) => wanted.some((word) => line.toLowerCase().includes(word)))
      ?.trim()
      .slice(0, 200) ?? ''
  );
}
