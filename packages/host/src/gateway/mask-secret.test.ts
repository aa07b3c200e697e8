import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskSecret } from './mask-secret.ts';

const SECRET = 'aab-aac';

async function pass(chunks: readonly string[]): Promise<string> {
  const bytes = chunks.map((chunk) => Buffer.from(chunk, 'latin1'));
  return (await buffer(Readable.from(bytes).pipe(maskSecret(SECRET)))).toString('latin1');
}

test.each([
  [['x aab-aac y'], 'x ******* y'],
  [['x aab', '-aac y'], 'x ******* y'],
  [[...'aab-aac'], '*******'],
  [['aaab-aacaab-aac'], 'a**************'],
  [['aab-aab-aac'], 'aab-*******'],
  [['aab-'], 'aab-'],
  [[], ''],
])('%j passes as %s', async (chunks, passed) => {
  expect(await pass(chunks)).toBe(passed);
});

test('however a text is cut, the secret does not pass and all else does (1,000 runs)', async () => {
  const piece = fc.oneof(
    fc.constantFrom(SECRET, 'aab', '-aac', 'a', '*'),
    fc.string({ unit: 'binary-ascii', maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.array(fc.nat(20)), async (pieces, cuts) => {
      const whole = pieces.join('');
      const chunks: string[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(whole.slice(at, at + cut));
        at += cut;
      }
      chunks.push(whole.slice(at));
      expect(await pass(chunks)).toBe(whole.replaceAll(SECRET, '*'.repeat(SECRET.length)));
    }),
    { numRuns: 1_000 },
  );
});

test('what cannot be the beginning of the secret is not held back', async () => {
  const mask = maskSecret(SECRET);
  mask.write(Buffer.from('data: hello\n\n'));
  expect(String(mask.read())).toBe('data: hello\n\n');
});
