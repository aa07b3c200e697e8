import { describe, expect, it } from 'vitest';
import { baseHash, imageBuildHash } from './image-build-hash.ts';

const PARTS = { dockerfile: 'FROM x', lock: '{}', runner: 'run()' };

describe('the hash of an image build', () => {
  it('is the same for the same parts', () => {
    expect(imageBuildHash({ ...PARTS })).toBe(imageBuildHash(PARTS));
    expect(imageBuildHash(PARTS)).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(['dockerfile', 'lock', 'runner'] as const)('changes with the %s', (part) => {
    expect(imageBuildHash({ ...PARTS, [part]: 'changed' })).not.toBe(imageBuildHash(PARTS));
  });

  it('changes when text moves from one part to the next', () => {
    expect(imageBuildHash({ ...PARTS, dockerfile: 'FROM x{', lock: '}' })).not.toBe(imageBuildHash(PARTS));
  });

  it('of a base changes with its script and its packages', () => {
    expect(baseHash({ script: 'a', lock: 'b' })).not.toBe(baseHash({ script: 'a', lock: 'c' }));
    expect(baseHash({ script: 'a', lock: 'b' })).not.toBe(baseHash({ script: 'c', lock: 'b' }));
  });
});
