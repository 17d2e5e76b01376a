import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Booting tests share two cores with QEMU: files run side by side, but never more than two.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 300_000,
    // Machines under load: a test that fails is tried once more, and the run tells which needed it.
    retry: 1,
  },
});
