import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Words of a command line that stand one after the other, as shell patterns, and what takes their place. */
export interface Edit {
  readonly find: readonly string[];
  readonly put: readonly string[];
}

/**
 * A program that runs what it is given, changed: with `program` that program with the rest, else the rest itself.
 * Descriptors pass through, as the real thing needs them.
 */
export function weakeningProgram(edits: readonly Edit[], program?: string): { path: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-weaken-'));
  const path = join(directory, 'weaken');
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const rules = edits.map(({ find, put }) => {
    const test = find.map((word, index) => `[[ "\${a[i+${index}]}" == ${word.replaceAll(' ', '\\ ')} ]]`).join(' && ');
    return `  if ${test}; then o+=(${put.map(quote).join(' ')}); i=$((i+${find.length})); continue; fi`;
  });
  const loop = [
    'a=("$@"); o=(); i=0',
    'while [ $i -lt ${#a[@]} ]; do',
    ...rules,
    '  o+=("${a[i]}"); i=$((i+1))',
    'done',
  ];
  writeFileSync(path, `#!/bin/bash\n${loop.join('\n')}\nexec ${program ?? ''} "\${o[@]}"\n`);
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
