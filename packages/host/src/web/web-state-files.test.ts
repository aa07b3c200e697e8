import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { silentLog } from '../kernel/log.ts';
import { readWebState, writeWebState } from './web-state-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-web-state-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function readWithWarnings(path: string) {
  const warnings: string[] = [];
  const state = readWebState(path, { ...silentLog, warn: (event) => warnings.push(event) });
  return { state, warnings };
}

test('what was written is read again, and only this user may read the file', () => {
  const path = join(directory, 'kept.json');
  const state = { port: 4100, sessions: ['a'.repeat(64), 'b'.repeat(64)] };
  writeWebState(path, { port: 1, sessions: [] });
  writeWebState(path, state);
  expect(readWithWarnings(path)).toEqual({ state, warnings: [] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['kept.json']);
});

test('a missing file is an empty state without a warning', () => {
  const read = readWithWarnings(join(directory, 'missing.json'));
  expect(read).toEqual({ state: { port: 0, sessions: [] }, warnings: [] });
});

test('a damaged file is an empty state with a warning', () => {
  const path = join(directory, 'damaged.json');
  const hash = 'a'.repeat(64);
  const damaged = ['', '{', 'null', '{"port": 70000, "sessions": []}', '{"port": 1, "sessions": ["short"]}'];
  const tooMany = JSON.stringify({ port: 1, sessions: Array.from({ length: 33 }, () => hash) });
  for (const text of [...damaged, tooMany]) {
    writeFileSync(path, text);
    const read = readWithWarnings(path);
    expect([text, read]).toEqual([text, { state: { port: 0, sessions: [] }, warnings: ['web.state-replaced'] }]);
  }
});

test('a state that cannot be written is a sentence about the file', () => {
  const path = join(directory, 'nowhere', 'web.json');
  const failure = expect.objectContaining({ code: 'home-unusable', message: expect.stringContaining(path) });
  expect(() => writeWebState(path, { port: 1, sessions: [] })).toThrow(failure);
});
