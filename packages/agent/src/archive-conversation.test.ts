import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveConversation } from './archive-conversation.ts';

let root: string;
let logged: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nanoclaw-archive-'));
  logged = [];
});
afterEach(() => rmSync(root, { recursive: true }));

function archive(prompt: string | undefined): string[] {
  const transcript = join(root, 'session.jsonl');
  if (prompt !== undefined) writeFileSync(transcript, JSON.stringify({ type: 'user', message: { content: prompt } }));
  archiveConversation({
    directory: join(root, 'conversations'),
    transcript,
    assistantName: 'Andy',
    now: new Date('2026-03-04T09:05:00Z'),
    log: (line) => logged.push(line),
  });
  return prompt === undefined ? [] : readdirSync(join(root, 'conversations')).sort();
}

test('names come from the date and the first words, in any script and without any path', () => {
  archive('Où est ../../etc/passwd? 東京');
  expect(archive('Où est ../../etc/passwd? 東京')).toEqual([
    '2026-03-04-où-est-etc-passwd-東京-2.md',
    '2026-03-04-où-est-etc-passwd-東京.md',
  ]);
});

test('an archive that is there stays as it is', () => {
  const [first = ''] = archive('hello there');
  writeFileSync(join(root, 'conversations', first), 'mine');
  archive('hello there');
  expect(readFileSync(join(root, 'conversations', first), 'utf8')).toBe('mine');
});

test('words that make no name give the time', () => {
  expect(archive('?!')).toEqual(['2026-03-04-conversation-0905.md']);
});

test('a transcript that is not there stops nothing', () => {
  expect(archive(undefined)).toEqual([]);
  expect(logged.join()).toContain('could not be archived');
});
