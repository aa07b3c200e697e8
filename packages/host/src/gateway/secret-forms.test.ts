import { expect, test } from 'vitest';
import { secretForms } from './secret-forms.ts';

test.each([
  ['the-key-itself', ['the-key-itself']],
  ['Bearer the-owners-token', ['Bearer the-owners-token', 'the-owners-token']],
  ['Token token="the-owners-token"', ['Token token="the-owners-token"', 'token="the-owners-token"']],
  ['Bearer short', ['Bearer short']],
])('%s may come back as %j', (value, forms) => {
  expect(secretForms(value)).toEqual(forms);
});

test('a name and a password may come back read, too', () => {
  const encoded = Buffer.from('ann:correct-horse').toString('base64');

  expect(secretForms(`Basic ${encoded}`)).toEqual([`Basic ${encoded}`, encoded, 'ann:correct-horse', 'correct-horse']);
});
