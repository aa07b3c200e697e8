/* What the bundles of the host and of the runner have in common. */

/** Translations of zod's error messages, most of its size; English is imported by itself. */
export const withoutTranslations = {
  name: 'without-translations',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {}' }));
  },
};

export const BUNDLE = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  conditions: ['@nanoclaw/source'],
  // Bundled CommonJS packages call `require`, which ES modules do not have.
  banner: { js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);" },
  legalComments: 'none',
  logLevel: 'warning',
};
