import type { Edit } from './manifest.ts';

/** The text with all edits in it, or why one of them has no place. */
export function applyEdits(text: string, edits: readonly Edit[]): { text: string } | { problem: string } {
  let current = text;
  for (const [index, edit] of edits.entries()) {
    const result = 'replace' in edit ? replaceOnce(current, edit.replace, edit.with) : insertAt(current, edit);
    if ('problem' in result) return { problem: `edit ${index + 1}: ${result.problem}` };
    current = result.text;
  }
  return { text: current };
}

function replaceOnce(text: string, wanted: string, replacement: string): { text: string } | { problem: string } {
  const at = text.indexOf(wanted);
  if (at < 0) return { problem: `the file does not have ${quote(wanted)}` };
  if (text.indexOf(wanted, at + 1) >= 0)
    return { problem: `the file has ${quote(wanted)} more than once; name more of it` };
  return { text: text.slice(0, at) + replacement + text.slice(at + wanted.length) };
}

/** Anchors are whole lines; how far they are indented does not matter. */
function insertAt(text: string, edit: Exclude<Edit, { replace: string }>): { text: string } | { problem: string } {
  const isAfter = 'after' in edit;
  const anchor = trimmedLines('after' in edit ? edit.after : edit.before);
  const lines = text.split('\n');
  const places = lines.flatMap((_, at) =>
    anchor.every((line, below) => lines[at + below]?.trim() === line) ? [at] : [],
  );
  const [place] = places;
  const shown = quote(anchor.join('\n'));
  if (place === undefined) return { problem: `the file has no line ${shown}` };
  if (places.length > 1)
    return { problem: `the file has the line ${shown} ${places.length} times; name the lines around it, too` };
  const at = isAfter ? place + anchor.length : place;
  return {
    text: [...lines.slice(0, at), ...edit.insert.replace(/\n$/, '').split('\n'), ...lines.slice(at)].join('\n'),
  };
}

function trimmedLines(text: string): string[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.trim());
}

const SHOWN_CHARACTERS = 100;

function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}
