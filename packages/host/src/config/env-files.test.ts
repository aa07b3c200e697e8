import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { idleLines, parseEnvText, readEnvText } from './env-files.ts';

test.each([
  ['A=1', { A: '1' }],
  ['  A = 1  ', { A: '1' }],
  ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['\n\n# A=1\n  # B=2', {}],
  ['A=b=c', { A: 'b=c' }],
  ['A="x y"', { A: 'x y' }],
  ["A='x y'", { A: 'x y' }],
  ['A="x', { A: '"x' }],
  [`A="x'`, { A: `"x'` }],
  ['A="', { A: '"' }],
  ['A=""', {}],
  ['A=', {}],
  ['=1', {}],
  ['no assignment', {}],
  ['A=1 # no comment', { A: '1 # no comment' }],
  ['A="a\\nb"', { A: 'a\\nb' }],
  ['export A=1', { 'export A': '1' }],
  ['A=1\nA=2', { A: '2' }],
])('%j means %j', (text, variables) => {
  expect(parseEnvText(text)).toEqual(variables);
});

test('a missing file has no variables; one that cannot be read is an error that names it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-env-'));
  const file = join(directory, '.env');
  expect(parseEnvText(readEnvText(file))).toEqual({});

  mkdirSync(file);

  expect(() => parseEnvText(readEnvText(file))).toThrow(`cannot read ${file}: make it readable for this user`);
});

test('a name that objects have by nature is a name like any other', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'nanoclaw-env-')), '.env');
  writeFileSync(file, '__proto__=1\nconstructor=2\nA=3');

  expect(parseEnvText(readEnvText(file))['A']).toBe('3');
});

test('lines that do nothing are named by number and name, never by value', () => {
  const text = '# a comment\n\nMODEL=x\nMODLE=secret\ngarbage secret\n=secret\n';

  expect(idleLines(text, ['MODEL'])).toEqual([
    '.env line 4 sets MODLE, which nothing here reads',
    '.env line 5 is no setting and is ignored: write NAME=value',
    '.env line 6 is no setting and is ignored: write NAME=value',
  ]);
});
