import { describe, expect, test } from 'vitest';
import { triggerTest } from './trigger.ts';

const isWoken = (content: string, trigger = '@Andy', rest = { isMain: false, requiresTrigger: true }): boolean =>
  triggerTest({ trigger, ...rest })({ content });

describe('a message that begins with the trigger wakes the agent', () => {
  test.each([
    '@Andy',
    '@andy hello',
    '@ANDY, hello',
    '  \n @Andy hello',
    '@Andy: hello',
    "@Andy's turn",
    '@Andy-hello',
    '@Andy👋',
    '@Andy。こんにちは',
    '@Andy\u00a0hello',
    '@Andy\nhello',
    '@Andy…',
  ])('%j', (content) => {
    expect(isWoken(content)).toBe(true);
  });
});

describe('nothing else does', () => {
  test.each([
    '',
    'hello @Andy',
    '@Andyman',
    '@Andy_',
    '@Andy2',
    '@Andyé',
    '@Andyя',
    '@Andy山',
    '@Andy٣',
    'Andy hello',
    '＠Andy hello',
    '@ Andy',
  ])('%j', (content) => {
    expect(isWoken(content)).toBe(false);
  });
});

test('main and groups that need no trigger are woken by anything', () => {
  expect(isWoken('hi', '@Andy', { isMain: true, requiresTrigger: true })).toBe(true);
  expect(isWoken('hi', '@Andy', { isMain: false, requiresTrigger: false })).toBe(true);
});

test.each([
  '@my-bot',
  'Bot.',
  'a+b',
  '(x',
  '[y]',
  '{z}',
  '^',
  '$',
  '|',
  '\\d',
  '/a/',
  'C++',
  '#1',
  '@Zoë',
  '@安迪',
  '🤖',
  '-',
])('the trigger %j means itself and nothing more', (trigger) => {
  expect(isWoken(`${trigger} hello`, trigger)).toBe(true);
  expect(isWoken(trigger.toUpperCase(), trigger)).toBe(true);
  expect(isWoken('hello', trigger)).toBe(false);
});
