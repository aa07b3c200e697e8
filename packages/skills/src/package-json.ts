import { z } from 'zod';
import { mergeVersions } from './npm-dependencies.ts';

type Outcome = { text: string } | { problem: string };

export interface DependencyWish {
  readonly name: string;
  readonly version: string;
  readonly section: 'dependencies' | 'devDependencies';
}

const Known = z.looseObject({
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

/** Adds a dependency to the text of a package.json; every other byte stays as it is. */
export function addDependency(text: string, wish: DependencyWish): Outcome {
  const parsed = Known.safeParse(parseJson(text));
  if (!parsed.success) return { problem: 'is no package.json that can be read' };
  const { dependencies = {}, devDependencies = {} } = parsed.data;
  const present = dependencies[wish.name] ?? devDependencies[wish.name];
  const isMoved = present !== undefined && dependencies[wish.name] === undefined && wish.section === 'dependencies';
  if (present !== undefined && !isMoved) return withVersion(text, wish, present);
  const known = wish.section === 'dependencies' ? dependencies : devDependencies;
  const fresh = insertEntry(text, wish, Object.keys(known));
  const after = Known.safeParse(parseJson(fresh));
  if (after.success && after.data[wish.section]?.[wish.name] === wish.version) return { text: fresh };
  return { problem: `is laid out so that ${wish.name} cannot be added to its ${wish.section}` };
}

function withVersion(text: string, { name, version }: DependencyWish, present: string): Outcome {
  const merged = mergeVersions(present, version);
  if (merged === undefined) return { problem: `has ${name} ${present} already, which does not go with ${version}` };
  if (merged === present) return { text };
  return {
    text: text.replace(
      `${JSON.stringify(name)}: ${JSON.stringify(present)}`,
      () => `${JSON.stringify(name)}: ${JSON.stringify(merged)}`,
    ),
  };
}

/** Puts the entry where its name sorts, in the layout of its neighbours. */
function insertEntry(text: string, { name, version, section }: DependencyWish, known: readonly string[]): string {
  const entry = `${JSON.stringify(name)}: ${JSON.stringify(version)}`;
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const open = new RegExp(`\\n${indent}"${section}"\\s*:\\s*\\{`).exec(text);
  if (!open) {
    const end = text.lastIndexOf('}');
    const before = text.slice(0, end).trimEnd();
    const block = `${indent}"${section}": {\n${indent}${indent}${entry}\n${indent}}`;
    return `${before}${before.endsWith('{') ? '' : ','}\n${block}\n${text.slice(end)}`;
  }
  const start = open.index + open[0].length;
  const close = text.indexOf('}', start);
  if (known.length === 0) return `${text.slice(0, start)}\n${indent}${indent}${entry}\n${indent}${text.slice(close)}`;
  const next = known.find((other) => other > name);
  if (next !== undefined) {
    const at = text.indexOf(`${JSON.stringify(next)}`, start);
    const gap = text.slice(text.lastIndexOf('\n', at), at);
    return `${text.slice(0, at)}${entry},${/^\n[ \t]*$/.test(gap) ? gap : ' '}${text.slice(at)}`;
  }
  const last = text.slice(0, close).trimEnd();
  return `${last},\n${indent}${indent}${entry}${text.slice(last.length)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
