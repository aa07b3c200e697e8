import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import {
  AgentInput,
  GroupSnapshot,
  InputDocument,
  MessageRequest,
  OutputBlock,
  RequestAnswer,
  TaskRequest,
  TaskSnapshot,
} from './index.ts';

const GOLDEN = join(import.meta.dirname, '../golden');

/** Every wire document, with the schema both sides read it by. */
const SCHEMAS: Record<string, z.ZodType> = {
  'stdin.json': AgentInput,
  'stdin-v1.json': AgentInput,
  'output-result.json': OutputBlock,
  'output-error.json': OutputBlock,
  'output-v1.json': OutputBlock,
  'input-message.json': InputDocument,
  'request-message.json': MessageRequest,
  'request-message-v1.json': MessageRequest,
  'request-schedule.json': TaskRequest,
  'answer-refused.json': RequestAnswer,
  'tasks-snapshot.json': TaskSnapshot,
  'groups-snapshot.json': GroupSnapshot,
};

const USAGE = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0, durationMs: 1 };

test('every golden document has a schema and every schema a document', () => {
  expect(readdirSync(GOLDEN).sort()).toEqual(Object.keys(SCHEMAS).sort());
});

test.each(Object.entries(SCHEMAS))('%s is accepted', (file, schema) => {
  const document: unknown = JSON.parse(readFileSync(join(GOLDEN, file), 'utf8'));

  expect(() => schema.parse(document)).not.toThrow();
});

test.each([
  ['a folder that climbs', AgentInput, { prompt: '', groupFolder: '../x', chatJid: 'a', isMain: false }],
  ['a reserved folder', AgentInput, { prompt: '', groupFolder: 'Global', chatJid: 'a', isMain: false }],
  ['a negative ack', OutputBlock, { status: 'success', result: null, ack: -1 }],
  ['an unknown status', OutputBlock, { status: 'fine', result: null }],
  ['a cost that overflows', OutputBlock, { status: 'success', result: null, usage: { ...USAGE, costUsd: 1.7e308 } }],
  ['tokens beyond counting', OutputBlock, { status: 'success', result: null, usage: { ...USAGE, inputTokens: 1e15 } }],
  ['a session id that is a path', OutputBlock, { status: 'success', result: null, newSessionId: '../x' }],
  ['an answer id with a slash', MessageRequest, { id: '../x', type: 'message', chatJid: 'a', text: 'b' }],
  ['an empty message', MessageRequest, { type: 'message', chatJid: 'a', text: '' }],
  ['an unknown task request', TaskRequest, { type: 'reboot' }],
])('%s is refused', (_name, schema, document) => {
  expect(schema.safeParse(document).success).toBe(false);
});
