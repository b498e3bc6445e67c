import { defineConfig } from 'vitest/config'

// What needs a real API server (`npm run test:kube`): the behaviours that the simulated one claims, and the Kubernetes adapter.
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    globalSetup: ['test/real/setup.ts', 'test/setup.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
