import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where pictures of the pages are kept, to be looked at; git does not keep them. */
const SHOTS = join(ROOT, 'coverage', 'screens');

/** The pictures of the documents; `UPDATE_PICTURES=1 npx vitest run --project system test/web/views-looks.test.ts` renews them. */
const PICTURES: Readonly<Record<string, string>> = {
  'chat-desktop-light': 'page-chat',
  'usage-desktop-dark': 'page-usage',
  'tasks-phone-light': 'page-tasks',
};

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  const path = join(SHOTS, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  const picture = PICTURES[name];
  if (process.env['UPDATE_PICTURES'] === '1' && picture !== undefined) {
    const directory = join(ROOT, 'docs', 'images');
    mkdirSync(directory, { recursive: true });
    copyFileSync(path, join(directory, `${picture}.png`));
  }
}
