import { ErrorKind } from '@nanoclaw/protocol';
import { expect, test } from 'vitest';
import { errorKind, errorSentence, type Failure } from './error-kinds.ts';

const CASES: [string, Failure, ErrorKind][] = [
  ['a refused key', { status: 401, apiErrorType: 'authentication_error', terminalReason: 'api_error' }, 'auth'],
  ['a forbidden key', { status: 403, terminalReason: 'api_error' }, 'auth'],
  ['no credential at all', { assistantError: 'authentication_failed' }, 'auth'],
  ['an empty account, told as a bad request', { status: 400, assistantError: 'billing_error' }, 'billing'],
  ['a request to pay', { status: 402 }, 'billing'],
  ['a request that is wrong', { status: 400, apiErrorType: 'invalid_request_error' }, 'bad-request'],
  ['a model that does not exist', { status: 404, assistantError: 'model_not_found' }, 'bad-request'],
  ['a prompt that is too long', { terminalReason: 'prompt_too_long' }, 'bad-request'],
  ['too many requests', { status: 429, assistantError: 'rate_limit' }, 'rate-limit'],
  ['an overloaded service', { status: 529, assistantError: 'server_error' }, 'overloaded'],
  ['a failing service', { status: 500, apiErrorType: 'api_error' }, 'overloaded'],
  [
    'a gateway that cannot get through',
    { status: 502, apiErrorType: 'api_error', assistantError: 'server_error' },
    'network',
  ],
  ['a broken connection', { apiError: 'connection_failed', assistantError: 'server_error' }, 'network'],
  [
    'an answer that makes no sense',
    { status: null, assistantError: 'unknown', terminalReason: 'api_error' },
    'network',
  ],
  ['a stopped answer', { terminalReason: 'aborted_streaming' }, 'interrupted'],
  ['a stopped tool', { terminalReason: 'aborted_tools' }, 'interrupted'],
  ['nothing known', {}, 'internal'],
];

test.each(CASES)('%s', (_name, failure, kind) => {
  expect(errorKind(failure)).toBe(kind);
});

test('every kind has a sentence, with the status where there is one', () => {
  for (const kind of ErrorKind.options) expect(errorSentence(kind)).toMatch(/^the \w+ .+[^.]$/);
  expect(errorSentence('auth', 401)).toContain('401');
});
