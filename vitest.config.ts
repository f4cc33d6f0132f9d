import { defineConfig } from 'vitest/config';

// A guard against hanging, many times what any test takes on an idle machine.
const guard = { testTimeout: 120_000, hookTimeout: 120_000 };
// Those that install the packed package, and build it.
const packed = { globalSetup: 'test/package/setup.ts', testTimeout: 300_000, hookTimeout: 300_000 };

// One project per folder of test/, so that a command names what it runs.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...guard,
          name: 'lib',
          include: ['test/lib/**/*.test.ts'],
          setupFiles: ['test/processors/expected.ts'],
        },
      },
      { test: { name: 'huge', include: ['test/huge/**/*.test.ts'], testTimeout: 600_000 } },
      { test: { ...guard, name: 'bench', include: ['test/bench/**/*.test.ts'] } },
      { test: { ...guard, name: 'examples', include: ['test/bench/**/*.peers.ts'] } },
      { test: { ...guard, name: 'ci', include: ['test/ci/**/*.test.ts'] } },
      {
        test: {
          ...packed,
          name: 'package',
          include: ['test/package/*.test.ts'],
          exclude: ['test/package/symbols.test.ts'],
        },
      },
      { test: { ...packed, name: 'foreign', include: ['test/package/foreign/*.test.ts'] } },
      { test: { ...guard, name: 'symbols', include: ['test/package/symbols.test.ts'] } },
      { test: { ...guard, name: 'report', include: ['test/bench/report/*.browser.ts'] } },
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
