import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostileTree, MAX_TREE_DEPTH } from './hostile-tree.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nanoclaw-tree-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const names = (directory: string): string[] => [...hostileTree(directory)].map(({ below }) => below.join('/'));

test('a tree is walked with parents first, and links are entries, not ways', () => {
  mkdirSync(join(root, 'tree', 'b'), { recursive: true });
  mkdirSync(join(root, 'outside'));
  writeFileSync(join(root, 'outside', 'secret'), '');
  writeFileSync(join(root, 'tree', 'a'), '');
  writeFileSync(join(root, 'tree', 'b', 'c'), '');
  symlinkSync('../outside', join(root, 'tree', 'z'));

  expect(names(join(root, 'tree'))).toEqual(['a', 'b', 'b/c', 'z']);
});

test('a directory that turns into a link while it is walked is not followed', () => {
  mkdirSync(join(root, 'tree', 'b'), { recursive: true });
  mkdirSync(join(root, 'outside'));
  writeFileSync(join(root, 'outside', 'secret'), '');
  const seen: string[] = [];

  for (const { below } of hostileTree(join(root, 'tree'))) {
    seen.push(below.join('/'));
    rmSync(join(root, 'tree', 'b'), { recursive: true });
    symlinkSync('../outside', join(root, 'tree', 'b'));
  }

  expect(seen).toEqual(['b']);
});

test('a root that is a link is refused', () => {
  symlinkSync('/etc', join(root, 'link'));
  expect(() => names(join(root, 'link'))).toThrow(expect.objectContaining({ code: 'file-refused' }));
});

test('nesting without end is left at its limit', () => {
  mkdirSync(join(root, ...Array<string>(MAX_TREE_DEPTH + 10).fill('d')), { recursive: true });
  expect(names(root)).toHaveLength(MAX_TREE_DEPTH);
});
