// SPDX-License-Identifier: MIT
import { defineConfig } from 'vitest/config';

const shared = { globalSetup: 'test/package/setup.ts', testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'package',
          include: ['test/package/*.test.ts'],
          exclude: ['test/package/symbols.test.ts'],
        },
      },
      { test: { ...shared, name: 'foreign', include: ['test/package/foreign/*.test.ts'] } },
    ],
  },
});
