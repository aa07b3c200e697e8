import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { aHome } from '../cli/cli-home.ts';
import { runCommand } from '../cli/cli-run.ts';

const CATALOGUE = join(CHECKOUT, '.claude', 'skills');
const skills = readdirSync(CATALOGUE).map((name) => ({
  name,
  text: readFileSync(join(CATALOGUE, name, 'SKILL.md'), 'utf8'),
}));

test('the catalogue has at least thirty skills, each with its name and what it is for', () => {
  expect(skills.length).toBeGreaterThanOrEqual(30);
  for (const { name, text } of skills) {
    const front = parse(/^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? '');
    expect(front).toMatchObject({ name, description: expect.stringMatching(/Use (when|to|on|for|after|it|whenever)/) });
    expect(front.description.length).toBeLessThanOrEqual(1_024);
  }
});

test('every page and folder of the code that a skill names is there', () => {
  const named = skills.flatMap(({ name, text }) =>
    [...text.matchAll(/\b(docs\/[\w/-]+\.md|packages\/[\w/-]+|container\/\w+|[A-Z]{4,}\.md)\b/g)].map(([path]) => ({
      name,
      path,
    })),
  );
  const known = (path: string): boolean =>
    /^(CLAUDE|SKILL|IDENTITY|SOUL|USER|MEMORY|AGENTS|TOOLS|HEARTBEAT)\.md$/.test(path);

  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ path }) => !known(path) && !existsSync(join(CHECKOUT, path)))).toEqual([]);
});

test('every command that a skill tells to run is one', async () => {
  const told = skills.flatMap(({ name, text }) =>
    [...text.matchAll(/npx nanoclaw ([a-z]+)(?: ([a-z]+)\b)?/g)].map(([, command = '', word]) => ({
      name,
      command,
      word,
    })),
  );
  const home = aHome();
  const help = async (...words: string[]): Promise<string> => (await runCommand(home, [...words, '--help'])).stdout;
  const wrong: unknown[] = [];
  try {
    const commands = [...(await help()).matchAll(/^ {2}([a-z]+)/gm)].map(([, command]) => command);
    for (const one of told) {
      if (!commands.includes(one.command)) wrong.push(one);
      const words = [...(await help(one.command)).matchAll(/^ {2}([a-z]+)/gm)].map(([, word]) => word);
      const isGroup = words.includes('help');
      if (isGroup && one.word !== undefined && !words.includes(one.word)) wrong.push(one);
    }
  } finally {
    await home.remove();
  }

  expect(told.length).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});
