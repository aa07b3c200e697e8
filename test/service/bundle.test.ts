import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DIST = join(import.meta.dirname, '../../packages/host/dist');

/** What a file of the bundle loads at once, and what that loads. */
function loadedAtOnce(file: string, seen = new Set<string>()): Set<string> {
  const text = readFileSync(join(DIST, file), 'utf8');
  for (const [, target = ''] of text.matchAll(/(?:\bfrom|\bimport)\s*"([^"]+)"/g)) {
    if (seen.has(target)) continue;
    seen.add(target);
    if (target.startsWith('./')) loadedAtOnce(target, seen);
  }
  return seen;
}

test('a host that runs holds neither the questions of setup nor the checks of doctor', () => {
  const loaded = loadedAtOnce('nanoclaw.mjs');
  const chunks = readdirSync(DIST).filter((name) => /^nanoclaw-\w+\.mjs$/.test(name));
  const holding = (words: string): string[] =>
    chunks.filter((name) => readFileSync(join(DIST, name), 'utf8').includes(words));

  expect(loaded).toContain('better-sqlite3');
  expect(loaded).not.toContain('@clack/prompts');
  for (const words of ['@clack/prompts', 'was left unfinished', 'In which app do you want to talk']) {
    expect(holding(words)).not.toEqual([]);
    expect(holding(words).filter((name) => loaded.has(`./${name}`))).toEqual([]);
    expect(readFileSync(join(DIST, 'nanoclaw.mjs'), 'utf8')).not.toContain(words);
  }
});
