import { describe, expect, test } from 'vitest';
import { isDropped, mayCommand, mayTrigger, OPEN_ACCESS, parseSenderRules, type SenderAccess } from './sender-rules.ts';

const parse = (document: unknown): SenderAccess => parseSenderRules(JSON.stringify(document));
const ann = { sender: 'tg:1', isFromMe: false };
const bob = { sender: 'tg:2', isFromMe: false };
const me = { sender: 'tg:3', isFromMe: true };
const group = { jid: 'tg:-100', isMain: false };
const main = { jid: 'tg:9', isMain: true };
const family = { jid: 'tg:-200', isMain: false };

const annOnly = { allow: ['tg:1'], mode: 'trigger' };
const everybody = { allow: '*', mode: 'trigger' };

describe('the file', () => {
  test('is read in the form of v1', () => {
    expect(parse({ default: annOnly, chats: { 'tg:-200': everybody }, logDenied: false })).toEqual({
      rules: { default: annOnly, chats: { 'tg:-200': everybody }, logDenied: false },
    });
    expect(parse({ default: everybody })).toEqual(OPEN_ACCESS);
  });

  test.each([
    ['no JSON', '{"default":'],
    ['nothing', ''],
    ['no default', '{}'],
    ['an unknown mode', '{"default":{"allow":"*","mode":"tirgger"}}'],
    ['a single id', '{"default":{"allow":"tg:1","mode":"trigger"}}'],
    ['a number as id', '{"default":{"allow":[1],"mode":"trigger"}}'],
    ['one broken chat', '{"default":{"allow":"*","mode":"trigger"},"chats":{"tg:1":{"allow":"*"}}}'],
    ['a word nobody knows', '{"default":{"allow":"*","mode":"trigger"},"defalut":{}}'],
  ])('with %s is a problem as a whole', (_, text) => {
    expect(parseSenderRules(text)).toEqual({ problem: expect.any(String) });
  });
});

describe('v1: the allowlist fails open when its file is broken', () => {
  const broken = parseSenderRules('{');

  test('now it fails closed: only the owner, and main, wake the assistant', () => {
    expect(mayTrigger(broken, group, ann)).toBe(false);
    expect(mayTrigger(broken, group, me)).toBe(true);
    expect(mayTrigger(broken, main, ann)).toBe(true);
    expect(mayCommand(broken, group, ann)).toBe(false);
  });

  test('and nothing is dropped, so that it can be answered later', () => {
    expect(isDropped(broken, group, ann)).toBe(false);
  });
});

describe.each([
  // rule of the default, chat, who, may trigger
  [everybody, group, bob, true],
  [annOnly, group, ann, true],
  [annOnly, group, bob, false],
  [annOnly, group, me, true],
  [{ allow: [], mode: 'trigger' }, group, ann, false],
  [annOnly, main, bob, true],
  [annOnly, family, bob, true],
] as const)('with %j in %j', (rule, chat, who, expected) => {
  test(`${who.sender} ${expected ? 'wakes' : 'does not wake'} the assistant`, () => {
    const access = parse({ default: rule, chats: { [family.jid]: everybody } });
    expect(mayTrigger(access, chat, who)).toBe(expected);
  });
});

test('a rule for main itself counts there', () => {
  const access = parse({ default: everybody, chats: { [main.jid]: annOnly } });
  expect(mayTrigger(access, main, bob)).toBe(false);
  expect(mayTrigger(access, main, ann)).toBe(true);
});

test('drop mode keeps out whom no list names, and never the owner', () => {
  const access = parse({ default: { ...annOnly, mode: 'drop' }, chats: { [family.jid]: annOnly } });
  expect([ann, bob, me].map((who) => isDropped(access, group, who))).toEqual([false, true, false]);
  expect(isDropped(access, family, bob)).toBe(false);
});

test('drop mode of the default drops nothing in main; a rule for main itself does', () => {
  const drop = { allow: [], mode: 'drop' };
  expect(isDropped(parse({ default: drop }), main, ann)).toBe(false);
  expect(isDropped(parse({ default: everybody, chats: { [main.jid]: drop } }), main, ann)).toBe(true);
});

test('a chat whose id is a word of JavaScript has the default rule', () => {
  const access = parse({ default: { ...annOnly, mode: 'drop' } });
  const chat = { jid: 'constructor', isMain: false };
  expect([ann, bob].map((who) => mayTrigger(access, chat, who))).toEqual([true, false]);
  expect([ann, bob].map((who) => isDropped(access, chat, who))).toEqual([false, true]);
});

test('commands to the host are for the owner, and in main for those who may wake the assistant there', () => {
  expect(mayCommand(OPEN_ACCESS, group, ann)).toBe(false);
  expect(mayCommand(OPEN_ACCESS, group, me)).toBe(true);
  expect(mayCommand(OPEN_ACCESS, main, ann)).toBe(true);
  const access = parse({ default: everybody, chats: { [main.jid]: annOnly } });
  expect(mayCommand(access, main, bob)).toBe(false);
});
