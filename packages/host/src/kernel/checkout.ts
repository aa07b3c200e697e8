import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The checkout this program runs from, found by its lock file: the same from the sources, from the compiled files and
 * from the bundle, which lie at different depths.
 */
export const CHECKOUT = findCheckout(import.meta.dirname);

function findCheckout(from: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package-lock.json'))) return directory;
    if (directory === dirname(directory)) throw new Error(`${from} is not in a checkout of NanoClaw: clone it again`);
  }
}
