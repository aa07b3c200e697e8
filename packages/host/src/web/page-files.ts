import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../kernel/checkout.ts';

/** The only files that are served, each below `page/`. No address is ever made into a path. */
const SCRIPTS = [
  'page',
  'ask',
  'charts',
  'chat-page',
  'composer',
  'conversation-view',
  'dom',
  'event-feed',
  'form',
  'format',
  'group-form',
  'live-feed',
  'message-files',
  'message-text',
  'nav',
  'parts',
  'routes',
  'shortcuts',
  'task-form',
  'view-approvals',
  'view-frame',
  'view-group',
  'view-groups',
  'view-health',
  'view-link',
  'view-live',
  'view-memory',
  'view-record',
  'view-settings',
  'view-task',
  'view-tasks',
  'view-usage',
];

const STYLES = ['page', 'nav', 'conversation', 'composer', 'view', 'form'];

const SERVED = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
  ...SCRIPTS.map((name) => [`/${name}.js`, `${name}.js`, 'text/javascript; charset=utf-8'] as const),
  ...STYLES.map((name) => [`/${name}.css`, `${name}.css`, 'text/css; charset=utf-8'] as const),
] as const;

export interface PageFile {
  readonly address: string;
  readonly type: string;
  readonly body: string;
}

/** Reads the page as it is on disk. */
export function readPageFiles(): PageFile[] {
  const directory = join(CHECKOUT, 'packages', 'host', 'page');
  return SERVED.map(([address, file, type]) => ({ address, type, body: readFileSync(join(directory, file), 'utf8') }));
}

/** What a browser without a login sees instead of the page. It needs no file, so it shows nothing of the page. */
export function loginNeededPage(why: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>NanoClaw: log in</title>
<main>
<h1>NanoClaw</h1>
<p>${why}</p>
<p>Run <code>npx nanoclaw web</code> on the computer NanoClaw runs on and open the link it prints.</p>
</main>
</html>
`;
}
