import { expect, test } from 'vitest';
import { hashToken } from './web-access.ts';
import { createWebSessions, LOGIN_CODE_LIFE_MS, MAX_LOGIN_CODES } from './web-sessions.ts';
import { MAX_SESSIONS } from './web-state-files.ts';

function sessionsAt(start: number) {
  let now = start;
  const saved: (readonly string[])[] = [];
  const sessions = createWebSessions({ known: [], save: (hashes) => saved.push(hashes), now: () => now });
  return { sessions, saved, advance: (ms: number) => (now += ms) };
}

test('a code works once', () => {
  const { sessions } = sessionsAt(1_000);
  const code = sessions.newCode();
  expect([sessions.spendCode(code), sessions.spendCode(code), sessions.spendCode('')]).toEqual([true, false, false]);
});

test('a code works until its life is over and not at its end', () => {
  const { sessions, advance } = sessionsAt(1_000);
  const [early, late] = [sessions.newCode(), sessions.newCode()];
  advance(LOGIN_CODE_LIFE_MS - 1);
  expect(sessions.spendCode(early)).toBe(true);
  advance(1);
  expect(sessions.spendCode(late)).toBe(false);
});

test('beyond the limit the oldest code ends', () => {
  const { sessions } = sessionsAt(1_000);
  const codes = Array.from({ length: MAX_LOGIN_CODES + 1 }, () => sessions.newCode());
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.map((code) => sessions.spendCode(code))).toEqual([false, ...codes.slice(1).map(() => true)]);
});

test('only hashes of tokens are kept, and beyond the limit the oldest browser is logged out', () => {
  const { sessions, saved } = sessionsAt(1_000);
  const tokens = Array.from({ length: MAX_SESSIONS + 2 }, () => sessions.newToken());
  expect(tokens.every((token) => token.length >= 43)).toBe(true);
  expect(sessions.hashes()).toEqual(tokens.slice(2).map(hashToken));
  expect(saved.at(-1)).toEqual(sessions.hashes());
  expect(saved).toHaveLength(tokens.length);
});

test('a token that could not be saved is not valid either', () => {
  const sessions = createWebSessions({
    known: [],
    save: () => {
      throw new Error('no space');
    },
    now: () => 0,
  });
  expect(() => sessions.newToken()).toThrow('no space');
  expect(sessions.hashes()).toEqual([]);
});
