import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { projectView } from './project-view-files.ts';

const checkout = mkdtempSync(join(tmpdir(), 'nanoclaw-project-'));
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

test('main sees the source and nothing that is secret, installed or written at run time', () => {
  const folders = ['packages', 'docs', '.claude', '.git', 'store', 'data', 'groups', 'logs', 'backups', 'node_modules'];
  for (const name of [...folders, 'homes/mine', 'settings']) mkdirSync(join(checkout, name), { recursive: true });
  for (const name of ['README.md', '.env', '.env.local', '.npmrc']) writeFileSync(join(checkout, name), '');
  symlinkSync('/etc', join(checkout, 'link'));

  const view = projectView(checkout, [checkout, join(checkout, 'homes', 'mine'), join(checkout, 'settings')]);

  expect(view.map(({ target }) => target).sort()).toEqual([
    '/workspace/project/.claude',
    '/workspace/project/README.md',
    '/workspace/project/docs',
    '/workspace/project/packages',
  ]);
  expect(view.every(({ mode, source }) => mode === 'read-only' && source.startsWith(checkout))).toBe(true);
});
