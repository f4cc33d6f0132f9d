import { defineConfig } from 'vitest/config';

// One project per folder of test/, so that a command names what it runs.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'lib',
          include: ['test/lib/**/*.test.ts'],
          setupFiles: ['test/processors/expected.ts'],
        },
      },
      { test: { name: 'bench', include: ['test/bench/**/*.test.ts', 'test/ci/**/*.test.ts'] } },
      { test: { name: 'huge', include: ['test/huge/**/*.test.ts'], testTimeout: 600_000 } },
      {
        test: {
          name: 'report',
          include: ['test/bench/report/*.browser.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'symbols', include: ['test/package/symbols.test.ts'] } },
      {
        test: {
          name: 'processors',
          include: ['test/processors/**/*.test.ts'],
          testTimeout: 600_000,
          maxConcurrency: 2,
        },
      },
    ],
  },
});
