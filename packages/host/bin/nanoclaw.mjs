#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

const main = new URL('../dist/nanoclaw.mjs', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('nanoclaw is not built yet: run npm start (or npm run build) once in the checkout\n');
  process.exit(1);
}
// Reading the program makes a lot of short-lived objects once. V8 would make room for as many for ever: 4 MB of an idle
// assistant that it never needs again. The collector reads the factor each time it would grow that room.
setFlagsFromString('--semi-space-growth-factor=1');
await import(main.href);
