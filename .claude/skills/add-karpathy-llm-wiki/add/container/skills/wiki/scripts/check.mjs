// Looks through a wiki: links that lead nowhere, pages that nothing links to, pages without a source, pages missing in the index.
// Prints one line for each and exits with 1 when there is one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(process.argv[2] ?? 'wiki');
const list = (folder) =>
  (existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : []).filter((name) => name.endsWith('.md'));
const pages = list('pages').map((name) => join(root, 'pages', name));
const index = join(root, 'index.md');
const problems = [];
const linked = new Set();

if (!existsSync(index)) problems.push('index.md is missing');
for (const file of [...(existsSync(index) ? [index] : []), ...pages]) {
  const targets = linksIn(file);
  for (const target of targets) {
    if (!existsSync(target)) problems.push(`${name(file)}: link to ${name(target)}, which is not there`);
    else if (target !== file) linked.add(target);
  }
  const hasSource = targets.some((target) => target.startsWith(join(root, 'sources')));
  if (file !== index && !hasSource) problems.push(`${name(file)}: no source`);
}
for (const page of pages) {
  if (!linked.has(page)) problems.push(`${name(page)}: nothing links to it`);
  if (existsSync(index) && !linksIn(index).includes(page)) problems.push(`${name(page)}: not in index.md`);
}
process.stdout.write(problems.length === 0 ? `${pages.length} pages, nothing to mend\n` : `${problems.join('\n')}\n`);
process.exit(problems.length === 0 ? 0 : 1);

/** Files of the wiki that a page links to; what is on the web is not looked at. */
function linksIn(file) {
  const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target);
  return links.filter((target) => !/^[a-z]+:/i.test(target)).map((target) => resolve(dirname(file), decodeURI(target)));
}

function name(file) {
  return relative(root, file);
}
