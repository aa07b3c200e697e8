// Bundles the runner into one file, so that nothing is resolved, compiled or installed when a sandbox starts. Node reads
// and compiles all of it at every start, so what a run never uses is left out. `node bundle.mjs [file]`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLE, withoutTranslations } from '../../scripts/setup/bundling.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Imported by the Agent SDK for helpers that the runner does not call: dropped unless something is used. */
const pureWhenUnused = {
  name: 'pure-when-unused',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(@modelcontextprotocol\/sdk|zod)(\/|$)/ }, async (args) => {
      if (args.pluginData?.isAsked) return;
      const { path, external, errors } = await resolve(args.path, {
        kind: args.kind,
        importer: args.importer,
        resolveDir: args.resolveDir,
        pluginData: { isAsked: true },
      });
      return { path, external, errors, sideEffects: false };
    });
  },
};

/** Parts the Agent SDK loads on the first call of functions that the runner does not call. */
const withoutLazyParts = {
  name: 'without-lazy-parts',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^\.\/core-/ }, async (args) => {
      if (args.kind !== 'dynamic-import' || args.pluginData?.isAsked) return;
      const { path } = await resolve(args.path, {
        kind: args.kind,
        importer: args.importer,
        resolveDir: args.resolveDir,
        pluginData: { isAsked: true },
      });
      if (readFileSync(path, 'utf8').includes('from"zod/v4"')) return { path: args.path, namespace: 'left-out' };
    });
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'throw new Error("this part of the Agent SDK is not in the runner")',
    }));
  },
};

await build({
  ...BUNDLE,
  entryPoints: [here('src/main.ts')],
  outfile: process.argv[2] ?? here('dist/bundle/runner.mjs'),
  minify: true,
  plugins: [pureWhenUnused, withoutLazyParts, withoutTranslations],
});
