import { expect, test } from 'vitest';
import { HOST_COMMANDS, parseHostCommand } from './host-command.ts';

test.each([
  ['/ping', { name: 'ping', argument: '' }],
  ['  /status \n', { name: 'status', argument: '' }],
  ['/model claude-opus-4-5', { name: 'model', argument: 'claude-opus-4-5' }],
  ['/model\tdefault', { name: 'model', argument: 'default' }],
  ['/stop@andy_bot', { name: 'stop', argument: '' }],
])('%j is a command', (text, command) => {
  expect(parseHostCommand(text)).toEqual(command);
});

test.each([
  'ping',
  '/',
  '/unknown',
  '/Ping',
  '/pinging',
  '/ping\nand more',
  'say /ping',
  '/toString',
  `/model ${'x'.repeat(201)}`,
])('%j is an ordinary message', (text) => {
  expect(parseHostCommand(text)).toBeUndefined();
});

test('every command has a line of help', () => {
  expect(Object.values(HOST_COMMANDS).every((line) => line.length > 0)).toBe(true);
});
