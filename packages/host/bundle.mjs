// Bundles the host into few files: an idle assistant then holds a sixth less memory and is ready sooner, because Node
// reads few files and nothing that is never used. Names are kept, so that stack traces in the log can be read.
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLE, withoutTranslations } from '../../scripts/setup/bundling.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// Files of an earlier build have other names.
for (const name of readdirSync(here('dist')).filter((file) => /^nanoclaw(-\w+)?\.mjs$/.test(file))) {
  rmSync(here(`dist/${name}`));
}

await build({
  ...BUNDLE,
  entryPoints: [here('src/main.ts')],
  // What is loaded when a channel is used becomes a file of its own; in one file its libraries would be loaded always.
  splitting: true,
  outdir: here('dist'),
  entryNames: 'nanoclaw',
  chunkNames: 'nanoclaw-[hash]',
  outExtension: { '.js': '.mjs' },
  minifySyntax: true,
  minifyWhitespace: true,
  // The first has a native part that is found relative to its own files; the rest is loaded when a channel is used.
  external: [
    'better-sqlite3',
    'grammy',
    '@slack/socket-mode',
    '@slack/web-api',
    '@discordjs/ws',
    'discord.js',
    '@clack/prompts',
    'imapflow',
    'nodemailer',
    'postal-mime',
    'tar',
    '@whiskeysockets/baileys',
  ],
  plugins: [withoutTranslations],
});
