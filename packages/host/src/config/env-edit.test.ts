import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editEnv } from './env-edit.ts';
import { parseEnvText } from './env-files.ts';
import { writeEnvText } from './env-writing-files.ts';

describe('editing .env', () => {
  test('keeps comments, order and what it does not know', () => {
    const text = '# mine\nMODEL=a\n\n  # indented\nTZ = UTC\nnonsense\n';

    expect(editEnv(text, { MODEL: 'b' })).toBe('# mine\nMODEL=b\n\n  # indented\nTZ = UTC\nnonsense\n');
  });

  test('puts a new setting below the line that explains it, or at the end', () => {
    const text = '# Its name.\n#ASSISTANT_NAME=Andy\n\n# Zone\n#TZ=\n';

    expect(editEnv(text, { ASSISTANT_NAME: 'Eve', MODEL: 'm' })).toBe(
      '# Its name.\n#ASSISTANT_NAME=Andy\nASSISTANT_NAME=Eve\n\n# Zone\n#TZ=\nMODEL=m\n',
    );
  });

  test('takes a setting out, and leaves one of several', () => {
    expect(editEnv('A=1\nB=2\nA=3\n', { A: undefined })).toBe('B=2\n');
    expect(editEnv('A=1\nB=2\nA=3\n', { A: '4' })).toBe('A=4\nB=2\n');
    expect(editEnv('', { A: undefined })).toBe('');
  });

  test('refuses what no line can hold', () => {
    expect(() => editEnv('', { A: 'a\nB=b' })).toThrow('the value of A has more than one line');
  });

  test('whatever is written is read again, and nothing else changes', () => {
    const value = fc.string({ minLength: 1 }).filter((text) => !/[\r\n\0]/.test(text) && text.trim() !== '');
    fc.assert(
      fc.property(fc.array(fc.string()), value, (lines, given) => {
        const before = lines.join('\n');
        const after = parseEnvText(editEnv(before, { NANOCLAW_TEST: given }));
        expect(after).toEqual({ ...parseEnvText(before), NANOCLAW_TEST: given });
      }),
    );
  });
});

describe('writing .env', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nanoclaw-env-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('closes it to others, and leaves nothing beside it', () => {
    const file = join(directory, '.env');
    writeFileSync(file, 'A=1\n', { mode: 0o644 });

    writeEnvText(file, 'A=2\n');

    expect(readFileSync(file, 'utf8')).toBe('A=2\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['.env']);
  });

  test('keeps a link, and writes what it leads to', () => {
    const real = join(directory, 'real');
    writeFileSync(real, 'A=1\n');
    symlinkSync(real, join(directory, '.env'));

    writeEnvText(join(directory, '.env'), 'A=2\n');

    expect(lstatSync(join(directory, '.env')).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toBe('A=2\n');
  });

  test('that cannot be says so, and leaves nothing', () => {
    writeFileSync(join(directory, 'file'), '');

    expect(() => writeEnvText(join(directory, 'file', '.env'), 'A=1\n')).toThrow(/cannot write .*\.env/);
    expect(readdirSync(directory)).toEqual(['file']);
  });
});
