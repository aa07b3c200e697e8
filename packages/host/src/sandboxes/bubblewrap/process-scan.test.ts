import { describe, expect, it } from 'vitest';
import { childrenOf, findSandboxes, isAlive, readLabels } from './process-scan.ts';

describe('labels in a command line', () => {
  it('are not found in other command lines', () => {
    expect(readLabels(['grep', '-r', 'nanoclaw-init'])).toBeUndefined();
    expect(readLabels(['sh', 'nanoclaw-init', 'nanoclaw.name=x', 'nanoclaw.group=g'])).toBeUndefined();
    expect(readLabels([''])).toBeUndefined();
  });
});

describe('the scan of processes', () => {
  it('finds no sandbox of an installation that there is not', () => {
    expect(findSandboxes('no-such-installation', process.getuid?.() ?? 0)).toEqual([]);
  });

  it('tells a living process from a number that nobody has', () => {
    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(2 ** 30)).toBe(false);
    expect(childrenOf(2 ** 30)).toEqual([]);
  });
});
