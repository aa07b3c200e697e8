import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (...path: string[]): string => readFileSync(join(CHECKOUT, ...path), 'utf8');
const manifest = (...path: string[]): Manifest => JSON.parse(read(...path, 'package.json'));
const shipped = readdirSync(join(CHECKOUT, 'packages'))
  .filter((name) => name !== 'testkit')
  .flatMap((name) => Object.keys(manifest('packages', name).dependencies ?? {}))
  .filter((name) => !name.startsWith('@nanoclaw/'));

test('every package that is installed with the product is justified, and none that is not', () => {
  const rows = [...read('docs', 'dependencies.md').matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);

  expect(rows.length).toBeGreaterThan(10);
  expect(rows).toEqual([...new Set(shipped)].sort());
});

test('every version is exact', () => {
  const all = [[], ...readdirSync(join(CHECKOUT, 'packages')).map((name) => ['packages', name])].flatMap((path) => {
    const { dependencies, devDependencies } = manifest(...path);
    return Object.entries({ ...dependencies, ...devDependencies });
  });

  expect(all.length).toBeGreaterThan(10);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});
