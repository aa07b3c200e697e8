import { defineConfig } from 'vitest/config';

// Tests run from source: the condition makes workspace packages resolve to src instead of dist.
const conditions = ['@nanoclaw/source', 'node', 'import'];
const common = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...common,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'test/tidy/*.test.ts'],
          // A day of a manual clock takes seconds, and more of them beside other suites; no test is about that.
          testTimeout: 90_000,
          hookTimeout: 90_000,
          // Vitest would leave one of two cores alone.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...common,
        test: {
          name: 'system',
          include: ['test/{sandbox,e2e,attacks,web,cli,crash,soak,service,ratchet}/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          // A page of a browser on a busy machine takes its time; no test is about that.
          expect: { poll: { timeout: 60_000 } },
          globalSetup: ['test/setup.ts'],
          // Sandboxes and browsers share two cores: one file at a time keeps failures readable.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...common,
        test: {
          name: 'side-by-side',
          // They start no engine and share nothing but the processor.
          include: ['test/{simulation,skills,wire}/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
