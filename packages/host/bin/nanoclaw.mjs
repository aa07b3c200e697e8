#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/nanoclaw.mjs', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('nanoclaw is not built yet: run npm start (or npm run build) once in the checkout\n');
  process.exit(1);
}
await import(main.href);
