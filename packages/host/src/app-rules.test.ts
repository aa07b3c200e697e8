import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rulesProblems } from './app-rules.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nanoclaw-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string, mode = 0o600): void => writeFileSync(join(folder, name), text, { mode });

test('files that are not there, or in order, are no problem', () => {
  expect(rulesProblems(folder)).toEqual([]);
  write('egress-allowlist.json', '{"hosts":["example.com"]}');
  write('mount-allowlist.json', '{"allowedRoots":[],"blockedPatterns":[],"nonMainReadOnly":true}');
  write('services.json', '{"services":[]}');
  expect(rulesProblems(folder)).toEqual([]);
});

test('each that cannot be used is named with the reason', () => {
  write('egress-allowlist.json', '{');
  write('mount-allowlist.json', '[]');
  write('services.json', '{"services":[]}', 0o644);

  expect(rulesProblems(folder)).toEqual([
    expect.stringMatching(/egress-allowlist\.json cannot be used.*not JSON/),
    expect.stringMatching(/mount-allowlist\.json cannot be used/),
    expect.stringMatching(/services\.json cannot be used.*chmod 600/),
  ]);
});
